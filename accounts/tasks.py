"""Doors for the worker."""

from django.core.management import call_command
from django.utils import timezone

from accounts.models import SignInLink
from readinglist.celery import app


@app.task
def forget_expired() -> None:
    """Daily: removes sign-in links and sessions that can no longer be used."""
    SignInLink.objects.filter(expires_at__lt=timezone.now()).delete()
    call_command("clearsessions")
