"""Doors for the worker."""

from django.utils import timezone

from readinglist.celery import app
from readinglist.reminders import sending


@app.task
def send_due() -> None:
    """Every five minutes: the weekly mails that have become due."""
    sending.send_due(now=timezone.now())
