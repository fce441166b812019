"""What stands around every page: the list of keys, and what a device keeps the desk by."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from accounts.models import User

STATIC = Path(settings.BASE_DIR) / "static"


def keys_of(content: str) -> list[list[str]]:
    return [re.findall(r"<kbd>(.*?)</kbd>", line) for line in re.findall(r"<dt>(.*?)</dt>", content, re.DOTALL)]


def test_the_list_names_every_key_that_there_is(reader_client: Client) -> None:
    content = reader_client.get("/keys/").content.decode()
    listed = keys_of(content)
    rooms = re.findall(r'data-go="(\w)"', content)
    in_inbox = re.findall(r"^  (\w): ", (STATIC / "js/inbox.js").read_text(), re.MULTILINE)
    assert sorted(line[1] for line in listed if line[0] == "g") == sorted(rooms)
    assert {key for line in listed for key in line} >= {*in_inbox, "/", "?", "Esc", "Enter"}
    single = {key for line in listed if line[0] != "g" for key in line if len(key) == 1 and key.isalpha()}
    assert single == set(in_inbox)


def test_site_js_gets_the_list_as_a_dialog(reader_client: Client) -> None:
    answer = reader_client.get("/keys/", headers={"HX-Request": "true"})
    assert answer.content.decode().strip().startswith("<dialog")
    assert "HX-Request" in answer["Vary"]


def test_whoever_has_switched_keys_off_is_told_so_and_not_led_there(reader: User, reader_client: Client) -> None:
    assert b"data-keys-list" in reader_client.get("/").content
    User.objects.filter(pk=reader.pk).update(uses_keys=False)
    content = reader_client.get("/keys/").content
    assert b"data-keys-list" not in content
    assert b"You have switched keys off" in content


def test_the_manifest_can_be_read_by_a_browser_that_does_not_say_who_asks(outsider: Client, db: None) -> None:
    answer = outsider.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = json.loads(answer.content)
    assert manifest["name"] == "Readinglist"
    assert manifest["start_url"] == "/"
    assert {shortcut["url"] for shortcut in manifest["shortcuts"]} == {"/inbox/", "/canon/", "/search/"}
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}


def test_what_a_phone_shares_arrives_in_the_fields_that_the_manifest_names(reader_client: Client) -> None:
    target = json.loads(reader_client.get("/manifest.webmanifest").content)["share_target"]
    assert (target["action"], target["method"]) == ("/add/", "GET")
    handed = {"title": "A title", "text": "https://example.org/a", "url": ""}
    assert set(target["params"]) == set(handed)
    page = reader_client.get(target["action"], {target["params"][name]: value for name, value in handed.items()}).text
    assert "https://example.org/a" in page
    assert "A title" in page


def test_the_admin_too_can_be_kept_as_an_app(curator_client: Client) -> None:
    assert '<link rel="manifest" href="/manifest.webmanifest">' in curator_client.get("/admin/").text


def test_its_icons_are_as_large_as_it_says(outsider: Client, db: None) -> None:
    for icon in json.loads(outsider.get("/manifest.webmanifest").content)["icons"]:
        name = re.sub(r"\.[0-9a-f]{12}\.", ".", icon["src"].removeprefix("/static/"))
        path = finders.find(name)
        assert path is not None, name
        if icon["type"] == "image/png":
            head = Path(path).read_bytes()[:24]
            size = f"{int.from_bytes(head[16:20])}x{int.from_bytes(head[20:24])}"
            assert (head[1:4], size) == (b"PNG", icon["sizes"])


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_the_bar_around_the_page_has_the_colour_of_the_paper(reader: User, reader_client: Client, theme: str) -> None:
    User.objects.filter(pk=reader.pk).update(theme=theme)
    named = re.findall(r'"theme-color"\s+content="(#\w+)"', reader_client.get("/").content.decode())
    tokens = (STATIC / "css/tokens.css").read_text()
    papers = re.search(r"--paper:\s+light-dark\((#\w+), (#\w+)\)", tokens)
    assert papers is not None
    assert named == {"auto": [papers[1], papers[2]], "light": [papers[1]], "dark": [papers[2]]}[theme]
