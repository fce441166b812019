"""What the admin's scripts add in Chromium: pasting fills and warns, names complete, steps move by button and key."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from readinglist.catalog.models import Entry, ReadingList, Step
from tests.catalog.making import make_entry, make_list
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import make_person

PASTE = """(input, text) => {
  input.focus();
  input.value = text;
  input.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertFromPaste" }));
}"""


@pytest.fixture
def desk(open_window: OpenWindow, transactional_db: None) -> Page:
    make_list("Attention Is All You Need", "Megatron-LM", "ZeRO")
    Entry.objects.get(title="Attention Is All You Need").identifiers.create(key="arxiv:1706.03762")
    return open_window(make_person("cleo@example.org", "Cleo Curator", role="curator"))


def test_pasting_a_link_fills_the_identifier_and_warns_before_saving(desk: Page) -> None:
    desk.goto(reverse("admin:catalog_entry_add"))
    key = desk.locator("[name=identifiers-0-key]")

    key.evaluate(PASTE, "https://arxiv.org/pdf/1706.03762v5")
    warning = desk.locator(".identify.is-warning")
    expect(warning.get_by_role("link", name="Attention Is All You Need")).to_be_visible()
    expect(key).to_have_value("arxiv:1706.03762")

    key.evaluate(PASTE, "https://doi.org/10.1145/3458817.3476209")
    expect(desk.get_by_text("doi:10.1145/3458817.3476209 is new here.")).to_be_visible()
    expect(key).to_have_value("doi:10.1145/3458817.3476209")
    expect(warning).to_have_count(0)

    # The address of a new entry fills the identifier too, and its own identifier is no duplicate.
    desk.goto(reverse("admin:catalog_entry_add"))
    desk.locator("[name=url]").evaluate(PASTE, "https://arxiv.org/abs/2205.14135")
    expect(desk.locator("[name=url] ~ .identify")).to_contain_text("is new here")
    expect(key).to_have_value("arxiv:2205.14135")
    entry = Entry.objects.get(title="Attention Is All You Need")
    desk.goto(reverse("admin:catalog_entry_change", args=[entry.pk]))
    key.evaluate(PASTE, "https://arxiv.org/abs/1706.03762")
    expect(desk.get_by_text("arxiv:1706.03762 is new here.")).to_be_visible()


def test_names_complete_and_a_title_that_looks_alike_is_mentioned_as_text(desk: Page) -> None:
    make_entry("<img src=x onerror=alert(1)> Attention")
    desk.goto(reverse("admin:catalog_entry_add"))
    title, note = desk.locator("[name=title]"), desk.locator("[name=title] ~ .identify")

    title.press_sequentially("Attention is all you need")
    expect(note.get_by_role("link", name="Attention Is All You Need")).to_be_visible()
    title.fill("<img src=x onerror=alert(1)> Attentions")
    expect(note.get_by_role("link", name="<img src=x")).to_be_visible()
    expect(note.locator("img")).to_have_count(0)

    desk.goto(reverse("admin:catalog_readinglist_change", args=[ReadingList.objects.get().pk]))
    desk.locator("[name=steps-3-work]").press_sequentially("zer")
    expect(desk.locator("datalist option").first).to_have_attribute("value", "ZeRO [zero]")


def test_steps_move_by_button_and_by_keyboard_and_the_focus_stays(desk: Page) -> None:
    address = reverse("admin:catalog_readinglist_change", args=[ReadingList.objects.get().pk])
    save = desk.get_by_role("button", name="Save", exact=True)
    desk.goto(address)
    desk.get_by_role("button", name="Move down").first.click()
    expect(desk.locator(".said")).to_have_text("Now at place 2. Save to keep the order.")
    save.click()
    expect(desk.get_by_text("was changed successfully")).to_be_visible()
    assert order() == ["megatron-lm", "attention-is-all-you-need", "zero"]

    desk.goto(address)
    desk.get_by_role("button", name="Move up").nth(2).focus()
    for place in (2, 1):
        desk.keyboard.press("Enter")
        expect(desk.locator(".said")).to_contain_text(f"Now at place {place}.")
        expect(desk.get_by_role("button", name="Move up").nth(place - 1)).to_be_focused()
    save.focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("was changed successfully")).to_be_visible()
    assert order() == ["zero", "megatron-lm", "attention-is-all-you-need"]


def order() -> list[str]:
    return list(Step.objects.order_by("position").values_list("slug", flat=True))
