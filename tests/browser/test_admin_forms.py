"""What the admin's scripts add in Chromium: pasting fills and warns, names complete, steps move by button and key."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from accounts.models import User
from readinglist.catalog.models import Entry, ReadingList, Step
from tests.browser.test_admin_pages import desk_of
from tests.catalog.making import make_entry, make_list
from tests.fixtures.cast import make_person

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

PASTE = """(input, text) => {
  input.focus();
  input.value = text;
  input.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertFromPaste" }));
}"""


@pytest.fixture
def desk(browser: "Browser", live_server: "LiveServer", transactional_db: None) -> Iterator["Page"]:
    cleo: User = make_person("cleo@example.org", "Cleo Curator", role="curator")
    make_list("Attention Is All You Need", "Megatron-LM", "ZeRO")
    Entry.objects.get(title="Attention Is All You Need").identifiers.create(key="arxiv:1706.03762")
    complaints: list[str] = []
    page = desk_of(cleo, browser, live_server, complaints)
    yield page
    page.context.close()
    assert complaints == []


def test_pasting_a_link_fills_the_identifier_and_warns_before_saving(desk: "Page") -> None:
    desk.goto(reverse("admin:catalog_entry_add"))
    key = desk.locator("[name=identifiers-0-key]")

    key.evaluate(PASTE, "https://arxiv.org/pdf/1706.03762v5")

    warning = desk.locator(".identify.is-warning")
    warning.get_by_role("link", name="Attention Is All You Need").wait_for()
    assert key.input_value() == "arxiv:1706.03762"

    key.evaluate(PASTE, "https://doi.org/10.1145/3458817.3476209")
    desk.get_by_text("doi:10.1145/3458817.3476209 is new here.").wait_for()
    assert key.input_value() == "doi:10.1145/3458817.3476209"
    assert desk.locator(".identify.is-warning").count() == 0


def test_an_address_of_a_new_entry_fills_the_identifier_too(desk: "Page") -> None:
    desk.goto(reverse("admin:catalog_entry_add"))

    desk.locator("[name=url]").evaluate(PASTE, "https://arxiv.org/abs/2205.14135")

    desk.locator("[name=url] ~ .identify").filter(has_text="is new here").wait_for()
    assert desk.locator("[name=identifiers-0-key]").input_value() == "arxiv:2205.14135"


def test_a_title_that_looks_alike_is_mentioned_and_titles_are_text(desk: "Page") -> None:
    make_entry("<img src=x onerror=alert(1)> Attention")
    desk.goto(reverse("admin:catalog_entry_add"))

    desk.locator("[name=title]").press_sequentially("Attention is all you need")

    desk.locator(".identify").get_by_role("link", name="Attention Is All You Need").wait_for()
    desk.locator("[name=title]").fill("<img src=x onerror=alert(1)> Attentions")
    desk.locator(".identify").get_by_role("link", name="<img src=x").wait_for()
    assert desk.locator(".identify img").count() == 0


def test_an_entrys_own_identifier_is_no_duplicate(desk: "Page") -> None:
    entry = Entry.objects.get(title="Attention Is All You Need")
    desk.goto(reverse("admin:catalog_entry_change", args=[entry.pk]))

    desk.locator("[name=identifiers-0-key]").evaluate(PASTE, "https://arxiv.org/abs/1706.03762")

    desk.get_by_text("arxiv:1706.03762 is new here.").wait_for()


def test_names_complete_while_one_types(desk: "Page") -> None:
    desk.goto(reverse("admin:catalog_readinglist_change", args=[ReadingList.objects.get().pk]))

    desk.locator("[name=steps-3-work]").press_sequentially("zer")

    desk.locator("datalist option").first.wait_for(state="attached")
    assert desk.locator("datalist option").first.get_attribute("value") == "ZeRO [zero]"


def test_steps_move_by_button(desk: "Page") -> None:
    desk.goto(reverse("admin:catalog_readinglist_change", args=[ReadingList.objects.get().pk]))

    desk.get_by_role("button", name="Move down").first.click()

    desk.get_by_text("Now at place 2. Save to keep the order.").wait_for(state="attached")
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.get_by_text("was changed successfully").wait_for()
    assert order() == ["megatron-lm", "attention-is-all-you-need", "zero"]


def test_steps_move_by_keyboard_and_the_focus_stays(desk: "Page") -> None:
    desk.goto(reverse("admin:catalog_readinglist_change", args=[ReadingList.objects.get().pk]))

    desk.get_by_role("button", name="Move up").nth(2).focus()
    desk.keyboard.press("Enter")
    desk.keyboard.press("Enter")
    assert desk.evaluate("document.activeElement.getAttribute('aria-label')") == "Move up"
    desk.get_by_role("button", name="Save", exact=True).focus()
    desk.keyboard.press("Enter")
    desk.get_by_text("was changed successfully").wait_for()

    assert order() == ["zero", "attention-is-all-you-need", "megatron-lm"]


def order() -> list[str]:
    return list(Step.objects.order_by("position").values_list("slug", flat=True))
