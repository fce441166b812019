"""What the weekly mail says, and that mail programs can show it."""

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import User
from readinglist.catalog.models import Entry, Identifier, Post, ReadingList
from readinglist.reading import follows, marks, paths, stages
from readinglist.reminders import composing, sending
from readinglist.reminders.models import Reminder
from tests.fixtures.mail import SmtpServer
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry, make_list

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
A_DAY_AGO = NOW - timedelta(days=1)
SITE = "https://reading.example.org"


@pytest.fixture(autouse=True)
def site_url(settings: Settings) -> None:
    settings.SITE_URL = SITE


def mail_to(user: User, now: datetime = NOW) -> Any:
    week = (now - timedelta(days=now.weekday())).date()
    return composing.compose(User.objects.get(pk=user.pk), week=week, message_id="<1@reading.example.org>", now=now)


def html_of(message: Any) -> str:
    (alternative,) = message.alternatives
    assert alternative.mimetype == "text/html"
    return str(alternative.content)


def both(user: User, now: datetime = NOW) -> list[str]:
    """The text with its line breaks taken out, and the HTML: what is said in one is said in the other."""
    message = mail_to(user, now)
    return [" ".join(str(message.body).split()), " ".join(html_of(message).split())]


def followed_post(user: User, title: str, *, source: str = "", seen: datetime = A_DAY_AGO, **fields: Any) -> Post:
    feed = make_feed(make_source(source))
    follows.follow(feed.source, user=user, now=NOW - timedelta(days=30))
    return make_post(feed, title, first_seen_at=seen, **fields)


def read_all(user: User, reading_list: ReadingList) -> None:
    for entry in Entry.objects.filter(steps__list=reading_list):
        stages.finish(entry, user=user, now=NOW)


# ------------------------------------------------------------------ what it says


def test_it_tells_how_far_one_is_and_what_is_next(reader: User, canon: ReadingList) -> None:
    stages.finish(Entry.objects.get(short_title="Attention"), user=reader, now=NOW)
    message = mail_to(reader)
    assert message.subject == "Your reading this week: Kaplan, Chinchilla is next"
    for said in both(reader):
        assert "The canon: 1 of 20 read. Kaplan, Chinchilla is next." in said
        assert "Scaling Laws" in said
        assert "Compute-Optimal" in said
        assert "about 1 h" in said
        assert f"{SITE}/entries/scaling-laws/" in said
        assert "Ada" in said
        assert "week 47" in said.lower()
        assert "Monday, 16 November" in said


def test_of_a_step_half_done_what_is_left_comes_first(reader: User, canon: ReadingList) -> None:
    stages.finish(Entry.objects.get(short_title="Attention"), user=reader, now=NOW)
    stages.finish(Entry.objects.get(short_title="Kaplan"), user=reader, now=NOW)
    stages.set_percent(Entry.objects.get(short_title="Chinchilla"), 75, user=reader, now=NOW)
    for said in both(reader):
        assert said.index("Compute-Optimal") < said.index("Scaling Laws")
        assert "75 % read, about 15 min left" in said
    assert "Continue reading" in html_of(mail_to(reader))


def test_what_is_under_way_is_named_with_what_is_left(reader: User, canon: ReadingList) -> None:
    aside = make_entry("Pathways", minutes=100)
    stages.set_percent(aside, 40, user=reader, now=NOW)
    for said in both(reader):
        assert "also under way" in said.lower()
        assert "Pathways" in said
        assert "40 % read, about 1 h left" in said


def test_of_what_is_only_begun_no_share_is_told(reader: User) -> None:
    stages.start(make_entry("Pathways", minutes=60), user=reader, now=NOW)
    for said in both(reader):
        assert "about 1 h" in said
        assert "0 %" not in said


def test_new_posts_come_one_a_source_what_is_in_the_catalogue_first(reader: User, canon: ReadingList) -> None:
    Identifier.objects.create(entry=Entry.objects.get(short_title="Attention"), key="arxiv:1706.03762")
    known = followed_post(reader, "A known work", source="The listing", key="arxiv:1706.03762")
    make_post(known.feed, "Another of the listing", first_seen_at=A_DAY_AGO)
    for number in range(6):
        followed_post(reader, f"News {number}", source=f"Blog {number}")
    said = str(mail_to(reader).body)
    assert re.findall(r"^\* ((?:News|A known|Another).*)$", said, re.MULTILINE) == [
        "A known work",
        "News 5",
        "News 4",
        "News 3",
        "News 2",
    ]
    for text in both(reader):
        assert "8 posts are unread." in text
        assert "The listing, Sunday, in the catalogue" in text
        assert f"{SITE}/posts/{known.pk}/" in text


def test_only_what_is_unread_followed_and_of_this_week_is_new(reader: User, teammate: User) -> None:
    done = followed_post(reader, "Done with")
    marks.mark_read(done, user=reader, now=NOW)
    followed_post(reader, "Long ago", seen=NOW - timedelta(days=8))
    followed_post(teammate, "Of the teammate")
    muted = followed_post(reader, "Too loud")
    follows.mute(muted.feed.source, user=reader, muted=True)
    for said in both(reader):
        for absent in ("Done with", "Long ago", "Of the teammate", "Too loud"):
            assert absent not in said
        assert "One post is unread." in said


def test_nothing_of_other_readers_stands_in_it(reader: User, teammate: User, canon: ReadingList) -> None:
    stages.set_percent(make_entry("Of the teammate"), 50, user=teammate, now=NOW)
    read_all(teammate, canon)
    for said in both(reader):
        assert "Of the teammate" not in said
        assert "0 of 20 read" in said
        assert "Ben" not in said


def test_who_has_read_all_gets_a_short_true_mail(reader: User, canon: ReadingList) -> None:
    read_all(reader, canon)
    follows.follow(make_source(), user=reader, now=NOW)
    message = mail_to(reader)
    assert message.subject == "Your reading this week"
    for said in both(reader):
        assert "20 of 20 read. All done." in said
        assert "Nothing is unread." in said
        assert "is next" not in said
        assert "Next:" not in said


def test_without_a_canon_and_without_follows_it_offers_the_sources(reader: User) -> None:
    for said in both(reader):
        assert "You follow no source yet." in said
        assert f"{SITE}/sources/" in said
        assert "None" not in said


def test_new_posts_stand_in_the_subject_where_nothing_else_is_next(reader: User) -> None:
    followed_post(reader, "News")
    assert mail_to(reader).subject == "Your reading this week: new posts"


def test_days_are_those_of_the_readers_clock(reader: User) -> None:
    followed_post(reader, "News", seen=datetime(2026, 11, 15, 20, 0, tzinfo=UTC))
    User.objects.filter(pk=reader.pk).update(zone="Asia/Tokyo")
    for said in both(reader, datetime(2026, 11, 16, 22, 0, tzinfo=UTC)):
        assert "Tuesday, 17 November" in said
        assert ", Monday" in said


# ------------------------------------------------------------------ how it looks


def test_the_strip_is_the_shelf_as_coloured_cells_with_a_sentence(reader: User, canon: ReadingList) -> None:
    stages.finish(Entry.objects.get(short_title="Attention"), user=reader, now=NOW)
    stages.start(Entry.objects.get(short_title="Paper 5"), user=reader, now=NOW)
    stages.skip(Entry.objects.get(short_title="Paper 6"), user=reader, now=NOW)
    page = html_of(mail_to(reader))
    cells = re.findall(r'<div class="spine s-(\w+) tall-\d" style="([^"]*)"', page)
    assert [state for state, _style in cells] == ["read", "open", "open", "open", "reading", "skipped", *["open"] * 14]
    assert "background: #2b2723" in cells[0][1]
    assert "background" not in cells[1][1]
    assert "dashed" in cells[5][1]
    assert 'role="img" aria-label="1 of 19 read, 1 skipped."' in page


def test_a_very_long_canon_has_its_sentence_alone(reader: User) -> None:
    make_list("canon", [[make_entry()] for _ in range(61)])
    page = html_of(mail_to(reader))
    assert "0 of 61 read." in page
    assert "spine" not in page.split("</style>")[1]


def test_styles_stand_on_the_elements_and_nothing_is_fetched(reader: User, canon: ReadingList) -> None:
    page = html_of(mail_to(reader))
    style = page.split("<style>")[1].split("</style>")[0]
    assert page.count("<style") == 1
    assert "prefers-color-scheme: dark" in style
    assert not re.search(r"<(link|img|script|iframe|object|video|audio)\b|url\(|@import", page)
    assert {address for address in re.findall(r'(?:href|src)="([^"]+)"', page) if not address.startswith(SITE)} == set()


def test_the_text_is_written_for_reading_in_lines_of_bearable_length(reader: User, canon: ReadingList) -> None:
    Entry.objects.filter(short_title="Attention").update(title="On " + "very " * 40 + "long titles")
    body = str(mail_to(reader).body)
    assert max(len(line) for line in body.splitlines() if "https://" not in line) <= composing.WIDTH
    assert "\n\n\n" not in body
    assert "<" not in body
    assert "&" not in body
    assert body.startswith("Hello Ada,\n")


# -------------------------------------------------------------------- headers


def test_its_headers_are_those_of_a_list_that_one_can_leave(
    reader: User, canon: ReadingList, smtp: SmtpServer, settings: Settings
) -> None:
    User.objects.filter(pk=reader.pk).update(date_joined=NOW - timedelta(days=30))
    settings.DEFAULT_FROM_EMAIL = "Readinglist <desk@reading.example.org>"
    assert sending.send_due(now=NOW).sent == 1
    (message,) = smtp.messages
    assert message["To"] == "ada@example.org"
    assert message["From"] == "Readinglist <desk@reading.example.org>"
    assert re.fullmatch(r"<[0-9a-f]{32}@reading\.example\.org>", message["Message-ID"])
    assert message["Message-ID"] == Reminder.objects.get().message_id
    assert message["Date"].datetime
    assert message["List-Id"] == "Readinglist <weekly.reading.example.org>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    unsubscribe = message["List-Unsubscribe"].strip()
    assert unsubscribe.startswith(f"<{SITE}/mail/unsubscribe/")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Precedence"] is None
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    for part in message.iter_parts():
        assert isinstance(part, EmailMessage)
        assert unsubscribe.strip("<>") in part.get_content()
        assert f"{SITE}/accounts/settings/" in part.get_content()


def test_hostile_titles_and_names_stay_what_they_are(reader: User, canon: ReadingList, smtp: SmtpServer) -> None:
    hostile = "T\r\nBcc: everybody@example.org\r\n\r\n</title><script>alert(1)</script>\u202eevil"
    User.objects.filter(pk=reader.pk).update(
        name="<b>Ada</b>\r\nBcc:x@example.org", date_joined=NOW - timedelta(days=30)
    )
    Entry.objects.filter(short_title="Attention").update(short_title="", title=hostile)
    followed_post(reader, hostile + "x" * 5000, source="S\nS")
    assert sending.send_due(now=NOW).sent == 1
    (message,) = smtp.messages
    assert message["Bcc"] is None
    assert message["Subject"] == (
        "Your reading this week: T Bcc: everybody@example.org </title><script>alert(1)</script> evil is next"
    )
    text, page = (part.get_content() for part in message.iter_parts() if isinstance(part, EmailMessage))
    assert "<script" not in page
    assert "<b>" not in page
    assert page.count("</title>") == 1
    assert "\nBcc" not in text
    assert "\u202e" not in text + page
    assert len(page) < 40_000


def test_other_scripts_arrive_whole(reader: User, canon: ReadingList, smtp: SmtpServer) -> None:
    User.objects.filter(pk=reader.pk).update(name="Ægir Þórsson", date_joined=NOW - timedelta(days=30))
    Entry.objects.filter(short_title="Attention").update(short_title="注意力", title="注意力就是你所需要的 👩‍💻")
    sending.send_due(now=NOW)
    (message,) = smtp.messages
    assert message["Subject"] == "Your reading this week: 注意力 is next"
    for part in message.iter_parts():
        assert isinstance(part, EmailMessage)
        assert "注意力就是你所需要的 👩‍💻" in part.get_content()
        assert "Ægir" in part.get_content()


# ----------------------------------------------------------------------- cost


def test_a_mail_costs_a_dozen_queries_whatever_it_says(reader: User, canon: ReadingList) -> None:
    for number in range(8):
        followed_post(reader, f"News {number}")
        stages.start(make_entry(), user=reader, now=NOW)
    somebody = User.objects.get(pk=reader.pk)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        composing.compose(somebody, week=NOW.date(), message_id="<1@x>", now=NOW)
    assert len(queries) <= 12


# -------------------------------------------------------- what one wants in it

PARTS = [
    ("reminder_shows_next", "Attention Is All You Need"),
    ("reminder_shows_under_way", "Pathways"),
    ("reminder_shows_posts", "What broke"),
]


def test_it_goes_by_the_active_list(reader: User, canon: ReadingList) -> None:
    short = make_list("short", [[make_entry("The only one", short_title="Only")]], title="A short list")
    paths.choose([short, canon], user=reader)
    for said in both(reader):
        assert "A short list: 0 of 1 read. Only is next." in said
    read_all(reader, short)
    for said in both(reader):
        assert "The canon: 0 of 20 read. Attention is next." in said


@pytest.mark.parametrize(
    ("switched_off", "absent"),
    [
        ("reminder_shows_next", ["Attention", "step 1 of 20"]),
        ("reminder_shows_under_way", ["Pathways", "also under way"]),
        ("reminder_shows_posts", ["What broke", "from what you follow", "unread", "/inbox/"]),
    ],
)
def test_each_part_can_be_left_out(reader: User, canon: ReadingList, switched_off: str, absent: list[str]) -> None:
    stages.set_percent(make_entry("Pathways", minutes=100), 40, user=reader, now=NOW)
    followed_post(reader, "What broke")
    User.objects.filter(pk=reader.pk).update(**{switched_off: False})
    everything = [words for _name, words in PARTS]
    for said in both(reader):
        assert "The canon: 0 of 20 read." in said
        for words in absent:
            assert words not in said, words
        present = [words for name, words in PARTS if name != switched_off]
        assert [words for words in everything if words in said] == present


def test_with_all_parts_left_out_one_sentence_remains(reader: User, canon: ReadingList) -> None:
    followed_post(reader, "What broke")
    stages.finish(Entry.objects.get(short_title="Attention"), user=reader, now=NOW)
    User.objects.filter(pk=reader.pk).update(**dict.fromkeys([name for name, _words in PARTS], False))
    message = mail_to(reader)
    assert message.subject == "Your reading this week"
    text = str(message.body)
    assert [line for line in text.split("\n--\n")[0].splitlines() if line] == [
        "Hello Ada,",
        "this is for your week 47, Monday, 16 November.",
        "The canon: 1 of 20 read.",
    ]


def test_what_is_next_and_begun_is_under_way_where_next_is_left_out(reader: User, canon: ReadingList) -> None:
    stages.start(Entry.objects.get(short_title="Attention"), user=reader, now=NOW)
    User.objects.filter(pk=reader.pk).update(reminder_shows_next=False)
    for said in both(reader):
        assert "Attention Is All You Need" in said
        assert "also under way" not in said.lower()


def test_dates_are_written_as_in_the_readers_language(reader: User, canon: ReadingList) -> None:
    User.objects.filter(pk=reader.pk).update(language="en-us")
    for said in both(reader):
        assert "Monday, November 16" in said
    assert '<html lang="en-us">' in html_of(mail_to(reader))
