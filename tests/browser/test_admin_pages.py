"""What the admin's pages do in Chromium beside being shown: widgets, themes, and forms without JavaScript."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import User
from readinglist.catalog.models import Entry, ReadingList, Step
from tests.catalog.making import make_list
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import make_person


@pytest.fixture
def cleo(transactional_db: None) -> User:
    """A curator, of a canon of three works."""
    make_list("Attention Is All You Need", "Megatron-LM", "ZeRO")
    Entry.objects.get(title="Attention Is All You Need").identifiers.create(key="arxiv:1706.03762")
    return make_person("cleo@example.org", "Cleo Curator", role="curator")


def test_widgets_that_open_stand_the_policy_and_the_persons_theme_counts(open_window: OpenWindow, cleo: User) -> None:
    page = open_window(cleo, color_scheme="dark")
    for theme, paper in {"light": "rgb(250, 248, 243)", "dark": "rgb(22, 21, 20)"}.items():
        User.objects.filter(pk=cleo.pk).update(theme=theme)
        page.emulate_media(color_scheme="dark" if theme == "light" else "light")
        page.goto(reverse("admin:catalog_entry_changelist"))
        expect(page.locator("body")).to_have_css("background-color", paper)
        expect(page.locator(".theme-toggle")).to_have_count(0)

    page.locator("#action-toggle").check()
    expect(page.locator(".action-counter")).to_have_text("3 of 3 selected")
    page.goto(reverse("admin:catalog_entry_change", args=[Entry.objects.latest("pk").pk]))
    page.get_by_text("Add another Identifier").click()
    page.locator("#identifiers-1 input[name$=key]").fill("x")


def test_an_entry_is_made_and_a_list_put_in_order_without_javascript(open_window: OpenWindow, cleo: User) -> None:
    page = open_window(cleo, java_script_enabled=False)
    page.goto(reverse("admin:catalog_entry_add"))
    page.get_by_label("Title:", exact=True).fill("Another Attention")
    page.get_by_label("Kind").first.select_option("paper")
    page.locator("[name=description]").fill("Long typed")
    page.locator("[name=identifiers-0-key]").fill("https://arxiv.org/abs/1706.03762v3")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Attention Is All You Need")).to_be_visible()
    expect(page.locator("[name=description]")).to_have_value("Long typed")
    page.locator("[name=identifiers-0-key]").fill("arXiv:2205.14135")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert Entry.objects.get(slug="another-attention").identifiers.get().key == "arxiv:2205.14135"

    page.goto(reverse("admin:catalog_readinglist_change", args=[ReadingList.objects.get().pk]))
    page.locator("[name=steps-2-place]").fill("1")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert Step.objects.get(position=1).slug == "zero"
