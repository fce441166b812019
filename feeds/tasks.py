"""Doors for the worker."""

from datetime import timedelta

from django.utils import timezone

from feeds import indexing, update
from feeds.models import Fetch, HostPause
from readinglist.celery import app

# With the last batch, which may take as long as a lease, within the time that a task has; the rest is the next tick's.
VISIT_SECONDS = 3 * 60
INDEX_BATCHES = 20
KEPT = timedelta(days=30)


@app.task
def visit_due() -> None:
    """Every minute: visits the feeds whose time has come."""
    update.visit(now=timezone.now(), seconds=VISIT_SECONDS)


@app.task
def visit_feed(feed_id: int) -> None:
    """Visits one feed that was made due; one that is gone, or in another worker's hands, is passed by."""
    update.visit(now=timezone.now(), only=[feed_id])


@app.task
def index_posts() -> None:
    """Every minute: makes new and edited posts searchable."""
    indexing.index_posts(batches=INDEX_BATCHES)


@app.task
def index_missed() -> None:
    """Hourly: the same for edited posts that are older than those looked at every minute."""
    indexing.index_posts(batches=INDEX_BATCHES, whole=True)


@app.task
def trim_fetches() -> None:
    """Daily: forgets visits of more than thirty days ago, and pauses that are over."""
    now = timezone.now()
    Fetch.objects.filter(at__lt=now - KEPT).delete()
    HostPause.objects.filter(until__lt=now).delete()
