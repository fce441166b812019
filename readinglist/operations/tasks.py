"""Doors for the worker."""

from django.utils import timezone

from readinglist.celery import app
from readinglist.operations import uploads


@app.task
def forget_uploads() -> None:
    """Daily: removes files that people brought along and left lying."""
    uploads.forget_old(timezone.now())
