"""Every page of the admin in Chromium: nothing logged, nothing refused by the CSP, no overflow, and axe is content."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from feeds.models import FeedState, Fetch
from readinglist.catalog.models import Category, Entry, Feed, ReadingList, Source, Step
from readinglist.week.models import CadenceRule, ContributionPath, Duty
from tests.browser.axe import found_by_axe
from tests.catalog.making import make_list, make_source
from tests.fixtures.cast import make_person, signed_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

TELL_REFUSALS = "document.addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective))"
WIDTHS = [360, 768, 1280]


@pytest.fixture
def cleo(transactional_db: None) -> User:
    return make_person("cleo@example.org", "Cleo Curator", role="curator")


@pytest.fixture
def catalogue(cleo: User) -> None:
    """Some of everything that the admin keeps."""
    category = Category.objects.create(slug="training", name="Training systems")
    Category.objects.create(slug="inside", name="Inside", parent=category)
    make_list("Attention Is All You Need", "Megatron-LM", "ZeRO")
    work = Entry.objects.get(title="Attention Is All You Need")
    work.categories.add(category)
    work.identifiers.create(key="arxiv:1706.03762")
    work.links.create(kind="pdf", url="https://arxiv.org/pdf/1706.03762")
    work.title = "Attention Is All You Need, again"
    work.save()
    source = make_source("A blog")
    add_failing_feed(source)
    rule = CadenceRule.objects.create(slug="paper", what="One paper", frequency="weekly")
    rule.sources.add(source)
    Duty.objects.create(slug="scan", what="Monday scan", weekday=0)
    ContributionPath.objects.create(slug="issue", title="An issue upstream", examples=["one", "two"])


def add_failing_feed(source: Source) -> None:
    feed = Feed.objects.create(source=source, url="https://example.org/feed")
    now = timezone.now()
    words = "This host does not answer. Look whether it is still there."
    went = {"status": "unreachable", "error": words}
    FeedState.objects.create(feed=feed, next_at=now, visited_at=now, failures=1, failing_since=now, **went)
    Fetch.objects.create(feed=feed, at=now, **went)


@pytest.fixture
def complaints() -> list[str]:
    """What the console said, the policy refused or the server failed at."""
    return []


def desk_of(
    user: User, browser: "Browser", live_server: "LiveServer", complaints: list[str], *, theme: str = "light"
) -> "Page":
    context = browser.new_context(base_url=live_server.url, color_scheme=theme, locale="en-GB")  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    session = signed_in(user).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    context.add_init_script(TELL_REFUSALS)
    context.on("console", lambda message: complaints.append(f"{message.text} ({message.location})"))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
    return context.new_page()


@pytest.fixture(params=["light", "dark"])
def desk(
    request: pytest.FixtureRequest,
    browser: "Browser",
    live_server: "LiveServer",
    cleo: User,
    catalogue: None,
    complaints: list[str],
) -> Iterator["Page"]:
    page = desk_of(cleo, browser, live_server, complaints, theme=request.param)
    yield page
    page.context.close()
    assert complaints == []


def addresses(*, is_dark: bool) -> list[str]:
    """Every kind of page; in the dark those whose colours are others."""
    work = Entry.objects.get(slug="attention-is-all-you-need")
    whole = {Entry: work.pk, ReadingList: ReadingList.objects.get().pk}
    pages = [reverse("admin:index"), reverse("curation:home"), reverse("curation:feeds")]
    pages.append(reverse("curation:feed", args=[Feed.objects.get().pk]))
    for model, pk in whole.items():
        stem = f"admin:catalog_{model._meta.model_name}"
        pages += [reverse(f"{stem}_{page}") for page in ("changelist", "add")]
        pages += [reverse(f"{stem}_{page}", args=[pk]) for page in ("change", "history", "delete")]
    pages += [
        reverse("admin:catalog_entry_changelist") + "?q=nothing+at+all",
        reverse("admin:catalog_entry_simple_history", args=[work.pk, work.history.last().pk]),
    ]
    if is_dark:
        return pages
    for other in (Category, Source, Step, CadenceRule, Duty, ContributionPath):
        stem = f"admin:{other._meta.app_label}_{other._meta.model_name}"
        pages.append(reverse(f"{stem}_changelist"))
        pages.append(reverse(f"{stem}_change", args=[other._default_manager.values_list("pk", flat=True)[0]]))
    return [
        *pages,
        reverse("admin:app_list", args=["catalog"]),
        reverse("admin:catalog_entry_changelist") + "?q=attention&status__exact=live&_facets=True",
        reverse("admin:catalog_entry_supersede", args=[work.pk]) + "?successor=zero",
        reverse("admin:catalog_entry_undo_superseding", args=[work.pk]),
        reverse("admin:catalog_source_add") + "?_popup=1",
    ]


def test_no_page_complains_overflows_or_shuts_anybody_out(desk: "Page") -> None:
    is_dark = desk.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    trouble = []
    for address in addresses(is_dark=is_dark):
        desk.goto(address)
        # In the dark only the colours are others.
        if found := found_by_axe(desk, besides=("best-practice",), colours_alone=is_dark):
            trouble.append(found)
        for width in [] if is_dark else WIDTHS:
            desk.set_viewport_size({"width": width, "height": 800})
            if (wide := desk.evaluate("document.documentElement.scrollWidth")) > width:
                trouble.append(f"{address}: {wide} px wide on {width}")
        if is_dark:
            continue
        desk.set_viewport_size({"width": 360, "height": 800})
        desk.evaluate("document.documentElement.style.fontSize = '200%'")
        if (wide := desk.evaluate("document.documentElement.scrollWidth")) > 360:
            trouble.append(f"{address}: {wide} px wide on 360 with text of double size")
    assert not trouble, "\n".join(trouble)


@pytest.mark.parametrize("desk", ["light"], indirect=True)
def test_widgets_that_open_stand_the_policy(desk: "Page") -> None:
    """Another row, and the action bar."""
    desk.goto(reverse("admin:catalog_entry_change", args=[Entry.objects.first().pk]))  # type: ignore[union-attr]
    desk.get_by_text("Add another Identifier").click()
    desk.locator("#identifiers-2 input[name$=key]").fill("x")
    desk.goto(reverse("admin:catalog_entry_changelist"))
    desk.locator("#action-toggle").check()
    assert desk.locator(".action-counter").inner_text() == "3 of 3 selected"


def test_the_admin_wears_the_theme_of_the_person(
    browser: "Browser", live_server: "LiveServer", cleo: User, catalogue: None, complaints: list[str]
) -> None:
    paper = {}
    for theme in ("light", "dark"):
        cleo.theme = theme
        cleo.save()
        # The person's word counts, not the system's.
        page = desk_of(cleo, browser, live_server, complaints, theme="dark" if theme == "light" else "light")
        page.goto(reverse("admin:index"))
        paper[theme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert page.locator(".theme-toggle").count() == 0
        page.context.close()

    assert paper == {"light": "rgb(250, 248, 243)", "dark": "rgb(22, 21, 20)"}
    assert complaints == []


def test_what_a_reader_gets_is_a_refusal(
    browser: "Browser", live_server: "LiveServer", catalogue: None, complaints: list[str]
) -> None:
    reader = make_person("ada@example.org", "Ada Reader")
    page = desk_of(reader, browser, live_server, complaints)

    answer = page.goto(reverse("admin:catalog_entry_changelist"))

    assert answer is not None
    assert answer.status == 403
    page.context.close()


def test_the_entry_form_works_without_javascript(
    browser: "Browser", live_server: "LiveServer", cleo: User, catalogue: None
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    session = signed_in(cleo).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto(reverse("admin:catalog_entry_add"))
    page.get_by_label("Title:", exact=True).fill("Another Attention")
    page.get_by_label("Kind").first.select_option("paper")
    page.locator("[name=description]").fill("Long typed")
    page.locator("[name=identifiers-0-key]").fill("https://arxiv.org/abs/1706.03762v3")
    page.get_by_role("button", name="Save", exact=True).click()

    page.get_by_role("link", name="Attention Is All You Need, again").wait_for()
    assert page.locator("[name=description]").input_value() == "Long typed"
    page.locator("[name=identifiers-0-key]").fill("arXiv:2205.14135")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was added successfully").wait_for()
    assert Entry.objects.get(slug="another-attention").identifiers.get().key == "arxiv:2205.14135"
    context.close()


def test_a_list_is_put_in_order_without_javascript(
    browser: "Browser", live_server: "LiveServer", cleo: User, catalogue: None
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    session = signed_in(cleo).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto(reverse("admin:catalog_readinglist_change", args=[ReadingList.objects.get().pk]))
    page.locator("[name=steps-2-place]").fill("1")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    assert Step.objects.get(position=1).slug == "zero"
    context.close()
