"""Doors for the worker."""

from django.core.management import call_command
from django.utils import timezone

from accounts import invitation_mails, invitations, sessions
from accounts.models import SignInLink
from readinglist.celery import app


@app.task
def forget_expired() -> None:
    """Daily: removes sign-in links and sessions that can no longer be used, and invitations that came to nothing."""
    now = timezone.now()
    SignInLink.objects.filter(expires_at__lt=now).delete()
    invitations.forget_past(now=now)
    call_command("clearsessions")
    sessions.forget_past()


@app.task
def send_invitations() -> None:
    """When somebody is invited, and every five minutes: the invitations that wait to be mailed."""
    invitation_mails.send_waiting(now=timezone.now())
