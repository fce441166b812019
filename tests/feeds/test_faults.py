"""Workers that are killed, a Redis that forgets, a PostgreSQL that restarts: in the end every post is there once."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from bench import cost
from feeds import tasks
from feeds.models import FeedState, Fetch, Outcome
from readinglist import embedded_processes
from readinglist.catalog.models import Feed, Post
from readinglist.celery import app
from tests.feeds.instances import Instance, own_instance
from tests.feeds.making import rss
from tests.fixtures.effort import FACTOR
from tests.fixtures.far import HOSTS, Far, Gate
from tests.fixtures.posts import make_feed, make_source
from tests.fixtures.worker import running_worker

ROUNDS = 2 * FACTOR  # one of each kind of fault
FEEDS = 500 if FACTOR > 1 else 30
POSTS = 5  # of a feed
LONGEST_WAIT = 0.2  # seconds between the moment that a feed is asked for and the fault
SECONDS = 60
TRIES = 20
QUEUE = "feeds-of-two-workers"


@pytest.fixture
def instance(transactional_db: None, tmp_path: Path) -> Iterator[Instance]:
    with own_instance(tmp_path) as instance:
        yield instance


def publish(far: Far, feed: Feed, gate: Gate | None = None) -> None:
    document = rss(*(f"{feed.pk}-{number}" for number in range(POSTS)))
    far.serve(path_of(feed), document, delay=0.005, gate=gate)


def path_of(feed: Feed) -> str:
    return f"/{feed.pk}"


def make_feeds(far: Far, count: int, hosts: int) -> list[Feed]:
    source = make_source("The Feeds")
    feeds = [make_feed(source) for _ in range(count)]
    for feed in feeds:
        feed.url = far.url(path_of(feed), host=HOSTS[feed.pk % hosts])
        publish(far, feed)
    Feed.objects.bulk_update(feeds, ["url"])
    return feeds


def forget_everything() -> None:
    """As before the first visit."""
    for model in (Fetch, FeedState, Post):
        model.objects.all().delete()


def end_leases() -> None:
    """In place of waiting for ten minutes, and for the time after which what failed is tried again."""
    now = timezone.now()
    FeedState.objects.filter(succeeded_at=None).update(next_at=now)
    FeedState.objects.exclude(lease_token=None).update(lease_until=now)


def unfetched() -> list[Feed]:
    return list(Feed.objects.filter(Q(state=None) | Q(state__succeeded_at=None)).order_by("pk"))


class Load:
    """A cold load by one worker, to which things happen; when it is killed there is a new one."""

    def __init__(self, instance: Instance, far: Far, random: Random) -> None:
        self.instance = instance
        self.far = far
        self.random = random
        self._running = ExitStack()

    def __enter__(self) -> "Load":
        self.worker = self._running.enter_context(self.instance.worker(hosts=HOSTS))
        return self

    def __exit__(self, *error: object) -> None:
        self._running.close()

    def kill_worker(self) -> None:
        """With all its processes at once."""
        os.killpg(self.worker.pid, signal.SIGKILL)
        self._running.close()
        self.worker = self._running.enter_context(self.instance.worker(hosts=HOSTS))

    def kill_child(self) -> None:
        """As the system does when memory runs out: of the process that does the work, which its parent makes anew."""
        _parent, *children = cost.processes(self.worker.pid)
        os.kill(self.random.choice(children), signal.SIGKILL)

    def flush_redis(self) -> None:
        self.instance.tick()  # which may be lost
        self.instance.flush_redis()

    def restart_postgres(self) -> None:
        self.instance.restart_postgres()

    def crash_postgres(self) -> None:
        self.instance.restart_postgres(is_crash=True)

    def suffer(self, fault: Callable[[], None]) -> None:
        """Goes on with what is left, up to a feed of chance and a moment after that."""
        end_leases()
        left = unfetched()
        if not left:
            return  # a worker that survived the fault before was faster than this
        # Of the first half, so that there is something left for the next fault.
        chosen, gate = self.random.choice(left[: (len(left) + 1) // 2]), Gate()
        before = len(self.far.asked(path_of(chosen)))
        publish(self.far, chosen, gate)
        self.instance.tick()

        def is_asked_for() -> bool:
            # A tick from before may have been about to store it.
            return len(self.far.asked(path_of(chosen))) > before or chosen not in unfetched()

        assert embedded_processes.wait_until(is_asked_for, SECONDS)
        time.sleep(self.random.uniform(0, LONGEST_WAIT))  # chance is no condition that could be waited for
        fault()
        publish(self.far, chosen)
        gate.release()

    def finish(self) -> None:
        for _try in range(TRIES):
            end_leases()
            self.instance.tick()
            if embedded_processes.wait_until(lambda: not unfetched(), 5):
                return
        pytest.fail(f"{len(unfetched())} feeds were never fetched")


@pytest.mark.soak
def test_whatever_breaks_in_a_cold_load_every_post_is_there_exactly_once(instance: Instance, far: Far) -> None:
    feeds = make_feeds(far, FEEDS, hosts=1 if FACTOR == 1 else len(HOSTS))
    for number in range(ROUNDS):
        forget_everything()
        instance.flush_redis()
        with Load(instance, far, Random(number)) as load:
            if number % 2:
                faults = [load.kill_child, load.flush_redis, load.crash_postgres]
            else:
                faults = [load.kill_worker, load.flush_redis, load.restart_postgres]
            load.random.shuffle(faults)
            for fault in faults:
                load.suffer(fault)
            load.finish()
        assert_all_is_there_once(feeds)


def assert_all_is_there_once(feeds: list[Feed]) -> None:
    expected = {(feed.pk, f"https://blog.example/{feed.pk}-{number}") for feed in feeds for number in range(POSTS)}
    found = Counter(Post.objects.values_list("feed", "url"))
    assert found == Counter(expected)
    assert not Post.objects.exclude(lead=None).exists()
    # A visit's row is written with its posts or not at all: what was stored was stored by one visit.
    assert Fetch.objects.aggregate(all=Sum("new_count"))["all"] == len(expected)
    visits = Fetch.objects.filter(status=Outcome.FETCHED, new_count=POSTS).values("feed").annotate(n=Count("pk"))
    assert {row["feed"]: row["n"] for row in visits} == {feed.pk: 1 for feed in feeds}
    states = FeedState.objects.filter(failures=0, lease_token=None, error="", visited_at=F("succeeded_at"))
    assert states.count() == len(feeds)


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_a_doubled_beat_fetch_nothing_twice(far: Far, tmp_path: Path) -> None:
    feeds = make_feeds(far, 30, hosts=1)
    gate = Gate()
    publish(far, feeds[3], gate)

    def beat() -> None:
        tasks.visit_due.apply_async(queue=QUEUE)

    def others_are_stored() -> bool:
        return Post.objects.values("feed").distinct().count() >= len(feeds) - 10

    allowed = {"FETCH_ALLOW_HOSTS": ",".join(HOSTS)}
    with (
        running_worker(tmp_path / "one", queue=QUEUE, **allowed),
        running_worker(tmp_path / "two", queue=QUEUE, **allowed),
    ):
        # One of them hangs at the third feed with a batch in its hands; to the other the beat goes on, twice.
        for _minute in range(3):
            beat()
            beat()
        assert embedded_processes.wait_until(lambda: bool(far.asked(path_of(feeds[3]))), SECONDS)
        assert embedded_processes.wait_until(others_are_stored, SECONDS)
        assert embedded_processes.wait_until(lambda: waiting_tasks() == 0, SECONDS)
        gate.release()
        assert embedded_processes.wait_until(lambda: not unfetched(), SECONDS)

    assert Counter(asked.path for asked in far.requests) == Counter(path_of(feed) for feed in feeds)
    assert_all_is_there_once(feeds)


def waiting_tasks() -> int:
    with app.connection_for_read() as broker:
        channel: Any = broker.default_channel
        return int(channel.client.llen(QUEUE))
