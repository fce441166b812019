"""Fills the instance of tests/permissions with much, long and hostile, so that its pages show all that they can.

What stands in the addresses of PAGES and ADMIN_PAGES is made here, but for what the table's own things are.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts import invitations
from accounts.models import Invitation, User
from feeds.indexing import index_posts
from feeds.models import FeedState, Fetch
from readinglist.catalog.models import Category, Entry, EntryLink, Feed, Identifier, Post, ReadingList, Source
from readinglist.curation import suggestions
from readinglist.reading import follows, marks, stages
from readinglist.reading.models import Note
from readinglist.week.models import Duty
from tests.fixtures.cast import make_person
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import add_step, make_entries, make_entry, make_list
from tests.permissions.instance import Instance

TEXT = """<p>Some <em>text</em> with <a href="https://example.org/">a link</a> and <code>code</code>.</p>
<p><a class="image" href="https://example.org/a.png">Image: a curve that falls</a></p><h2>A heading</h2>
<pre>torchrun --nproc-per-node 8 train.py --tensor-parallel 8 --sequence-parallel --and-more-than-fits</pre>"""
CELLS = "".join(f"<td>{'column' * 5}{number}</td>" for number in range(40))
QUOTES = "<blockquote>" * 80 + "deep" + "</blockquote>" * 80
LISTS = "<ul>" + "<li><ul>" * 80 + "<li>deeper</li>" + "</ul></li>" * 80 + "</ul>"
MARKS = "\u0301\u0338" * 300
HOSTILE = (
    f"<p>{'W' * 2000}</p><pre>{'x' * 3000}</pre><table><tr>{CELLS}</tr></table>{QUOTES}{LISTS}"
    '<math><mspace width="99999px" height="9px"></mspace></math>'
    f"<p>Z{MARKS}</p><p>\u202egarbled</p>"
)


def fill(instance: Instance) -> list[tuple[str, str]]:
    """Further pages than the table has: who looks, and at which address."""
    reader = User.objects.get(email="ada@example.org")
    now = timezone.now()
    works = _fill_catalogue(reader, now)
    known, hostile, asked = _fill_inbox(reader, works[0], now)
    gone = _fill_people(User.objects.get(email="dana@example.org"), now)
    index_posts(batches=1)
    readers = [
        "/lists/long/?several=1",
        "/categories/training/",
        "/categories/training/?several=all",
        "/entries/?kind=book&q=nothing",
        f"/entries/{works[0].slug}/",
        "/entries/old-work/",
        "/sources/venue-sc/",
        f"/inbox/?state=all&post={known.pk}",
        "/inbox/?state=saved&source=another-blog",
        "/inbox/?stream=venues",
        f"/inbox/?post={hostile.pk}",
        f"/posts/{hostile.pk}/",
        "/search/?q=kernels+kind:paper+kind:blog+colour:red+is:+or+kernels",
        "/search/?q=kernels",
        "/search/?q=zzzz+is:saved",
        "/search/?q=kernles+fusion",
        f"/suggest/?post={known.pk}",
    ]
    admins = [
        "/people/invitations/?state=expired",
        f"/people/{gone.pk}/leaving/",
        f"/curation/suggestions/{asked}/?entry={works[0].pk}",
    ]
    return [
        *[("reader", address) for address in readers],
        *[("admin", address) for address in admins],
    ]


def _fill_catalogue(reader: User, now: datetime) -> list[Entry]:
    """The reader is in the middle of things, in a catalogue that has some of everything."""
    titles = ["Kernels fusion", *(f"Canon paper {number}" for number in range(1, 12))]
    works = make_entries(*({"title": title, "short_title": title[-12:], "minutes": 45} for title in titles))
    category = Category.objects.create(slug="training", name="Training systems")
    Category.objects.create(slug="inside", name="Inside", parent=category)
    venue = make_source("SC", slug="venue-sc", kind="venue", origin="academic")
    venue.categories.add(category)
    Feed.objects.create(source=venue, url="https://example.org/a/rather/long/address/of/a/feed.xml")
    for work in works[:4]:
        work.categories.add(category)
        facts: dict[str, Any] = {"origin": "industrial", "caution": "marketing", "authors": ["Tri Dao", "Noam Shazeer"]}
        Entry.objects.filter(pk=work.pk).update(source=venue, description=f"Kernels {'W' * 300}", **facts)
        stages.finish(work, user=reader, now=now)
    Identifier.objects.create(entry=works[0], key="arxiv:2205.14135")
    EntryLink.objects.create(entry=works[0], kind="pdf", url="https://example.org/pdf/1")
    old = make_entry("Old work", superseded_by=works[0])
    stages.finish(old, user=reader, now=now)
    stages.finish(works[0], user=User.objects.get(email="ben@example.org"), now=now)
    stages.set_percent(works[5], 40, user=reader, now=now)
    stages.skip(works[6], user=reader, now=now)
    stages.queue(works[7], user=reader, now=now)
    Note.objects.create(author=reader, entry=works[0], text="**Kernels** and `short`", created_at=now, updated_at=now)
    _fill_lists(works)
    return works


def _fill_lists(works: Sequence[Entry]) -> None:
    """The canon grows beyond its two steps, one of which has a companion; of sixty steps a shelf is grouped."""
    canon = ReadingList.objects.get(slug="canon")
    for position, work in enumerate(works[:-1], start=3):
        add_step(canon, position, [work], works[-1:] if position == 3 else [])
    make_list("long", [[work] for work in make_entries(*({} for _number in range(61)))])


def _fill_inbox(reader: User, work: Entry, now: datetime) -> tuple[Post, Post, int]:
    """A post that is a work of the canon, a hostile one, and the number of a suggestion."""
    blog = make_feed(make_source("Another Blog on Kernels", slug="another-blog"))
    reports = make_feed(make_source("Reports", kind="report_series"))
    make_source("The Forum", kind="community")
    make_feed(make_source("Not followed", kind="venue"))
    for feed in (blog, reports):
        follows.follow(feed.source, user=reader, now=now)
    for number in range(8):
        make_post(blog, f"Post {number}", body=TEXT, first_seen_at=now - timedelta(hours=40 - 5 * number))
    known = make_post(blog, "On kernels " + "V" * 300, key="arxiv:2205.14135", first_seen_at=now, body=TEXT)
    make_post(reports, "The same work", key="arxiv:2205.14135", first_seen_at=now)
    hostile = make_post(reports, f"{'W' * 300} Z{MARKS} \u202egarbled", body=HOSTILE, first_seen_at=now)
    marks.mark_read(Post.objects.get(title="Post 3"), user=reader, now=now)
    marks.save(known, user=reader, now=now)
    marks.open_post(hostile, user=reader, now=now)
    add_failing_feed(blog.source, now)
    offered = suggestions.work_of_post(Post.objects.get(title="Post 4"))
    made, _is_new = suggestions.suggest(offered, title="Post 4", why="It is whole.", person=reader, now=now)
    return known, hostile, made.pk


def add_failing_feed(source: Source, now: datetime) -> None:
    feed = Feed.objects.create(source=source, url="https://example.org/feed")
    went = {"status": "unreachable", "error": "This host does not answer. Look whether it is still there."}
    FeedState.objects.create(feed=feed, next_at=now, visited_at=now, failures=1, failing_since=now, **went)
    Fetch.objects.create(feed=feed, at=now, **went)


def _fill_people(admin: User, now: datetime) -> User:
    """Invitations of which one could not be mailed, a teammate with duties, and somebody who has left."""
    emails = ["a.rather.long.name@a.department.of.a.university.example.org", "zoe@example.org"]
    rows = invitations.invite(emails, role="curator", by=admin, now=now).new
    Invitation.objects.filter(pk=rows[0].pk).update(mail="failed", mail_error="The mail server cannot be reached.")
    for day, what in enumerate(("Scan", "Watch")):
        Duty.objects.create(slug=what.lower(), what=what, weekday=day, person=User.objects.get(email="ben@example.org"))
    gone = make_person("gone@example.org", "Somebody Gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    return gone
