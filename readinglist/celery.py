"""The Celery application: tasks are found in every room's tasks.py."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import heartbeat_sent
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readinglist.settings")
# Checks have run with the migrations, before any worker; here they would load every page into its memory.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("readinglist")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@heartbeat_sent.connect
def show_life(**_: Any) -> None:
    """By its file's age a health check sees, without asking it, that the worker's loop turns and Redis answers it."""
    if settings.WORKER_HEARTBEAT:
        Path(settings.WORKER_HEARTBEAT).touch()
