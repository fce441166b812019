"""The worker's doors, in a real worker; and what becomes of its feeds when it is killed."""

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from django.conf import settings
from django.utils import timezone

from feeds import tasks, update
from feeds.claiming import LEASE
from feeds.models import FeedState, Fetch, HostPause
from readinglist import embedded_processes
from readinglist.catalog.models import Post, PostText
from tests.feeds.making import rss
from tests.fixtures.far import HOSTS, Far, Gate
from tests.fixtures.posts import make_feed, make_post
from tests.fixtures.worker import running_worker

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
QUEUE = "feeds-of-this-test"
SECONDS = 20


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_and_doubles_nothing(far: Far, tmp_path: Path) -> None:
    gate = Gate()
    quick, slow = make_feed(url=far.serve("/quick", rss("a"))), make_feed(url=far.serve("/slow", rss("b"), gate=gate))
    with running_worker(tmp_path / "log", queue=QUEUE, FETCH_ALLOW_HOSTS=",".join(HOSTS)) as worker:
        tasks.visit_feed.apply_async((quick.pk,), queue=QUEUE)
        assert embedded_processes.wait_until(Post.objects.filter(feed=quick).exists, SECONDS)
        assert far.asked("/slow") == []

        tasks.visit_due.apply_async(queue=QUEUE)
        assert embedded_processes.wait_until(lambda: bool(far.asked("/slow")), SECONDS)
        os.killpg(worker.pid, signal.SIGKILL)
    gate.release()

    # Two ticks find the feed in the dead worker's hands, and once its lease is over, one of two visits it.
    soon, later = timezone.now(), timezone.now() + LEASE
    assert update.visit(now=soon, random=Random(1)).feeds == 0
    assert [update.visit(now=later, random=Random(1), only=[slow.pk]).feeds for _ in range(2)] == [1, 0]
    assert Post.objects.filter(feed=slow).count() == Post.objects.filter(feed=quick).count() == 1
    assert Fetch.objects.filter(feed=slow).count() == 1
    assert not FeedState.objects.exclude(lease_token=None).exists()


def test_a_run_ends_within_the_time_of_a_task() -> None:
    assert timedelta(seconds=tasks.VISIT_SECONDS) + LEASE < timedelta(seconds=settings.CELERY_TASK_SOFT_TIME_LIMIT)


@pytest.mark.django_db
def test_a_feed_that_is_gone_is_passed_by() -> None:
    tasks.visit_feed(12345)


@pytest.mark.django_db
def test_posts_without_words_are_given_them() -> None:
    make_post(title="One")
    tasks.index_posts()
    assert PostText.objects.count() == 1


@pytest.mark.django_db
def test_what_is_past_is_forgotten() -> None:
    feed = make_feed()
    now = timezone.now()
    for days in (1, 29, 31):
        Fetch.objects.create(feed=feed, at=now - timedelta(days=days), status="fetched")
    HostPause.objects.create(host="past.example", until=now - timedelta(hours=1))
    HostPause.objects.create(host="running.example", until=now + timedelta(hours=1))

    tasks.trim_fetches()

    assert Fetch.objects.count() == 2
    assert HostPause.objects.get().host == "running.example"
