"""Nothing is fetched from an address that is not public, in whatever form it is written, named or redirected to."""

import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from feeds import addresses, fetch
from feeds.addresses import Forbidden, is_public
from feeds.fetch import Limits
from feeds.models import Outcome
from tests.feeds.fetching import answer_names, fetch_one, fetch_urls
from tests.fixtures.effort import examples
from tests.fixtures.far import Far

QUICK = Limits(seconds=5)
PRIVATE_4 = [
    "127.0.0.2",  # where the far server listens
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "198.18.0.1",
]
PRIVATE_6 = [
    "::",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "5f00::1",
    "100::1",
    "2001:db8::1",
]


def forms_of(address: str) -> list[str]:
    """Hosts of addresses that some program reads as this IPv4 address, or that lead to it."""
    number = int(IPv4Address(address))
    a, b, c, d = (number >> shift & 255 for shift in (24, 16, 8, 0))
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    return [
        address,
        f"{address}.",
        str(number),
        f"{number}.",
        f"0x{number:x}",
        f"0X{number:08X}",
        f"0{number:o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        f"0x{a:x}.0{b:o}.{c}.{d}",
        f"{a:03}.{b:03}.{c:03}.{d:03}",
        address.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)}),  # full width
        address.translate({ord("1") + digit: 0x2460 + digit for digit in range(9)}),  # in circles
        address.replace(".", "。"),
        address.replace(".", "．"),
        address.translate({ord("0") + digit: 0x660 + digit for digit in range(10)}),  # Arabic
        "".join(f"%{ord(character):02x}" for character in address),
        f"example.org@{address}",
        f"example.org:80@{address}",
        f"[::ffff:{address}]",
        f"[::ffff:{high}:{low}]",
        f"[0:0:0:0:0:ffff:{high}:{low}]",
        f"[::{address}]",
        f"[::{high}:{low}]",
        f"[::ffff:0:{address}]",
        f"[64:ff9b::{address}]",
        f"[64:ff9b:1::{high}:{low}]",
        f"[2002:{high}:{low}::1]",
        f"[2001:0:4136:e378:8000:63bf:{number >> 16 ^ 0xFFFF:x}:{number & 0xFFFF ^ 0xFFFF:x}]",
        f"[fe80::{high}:{low}%25lo]",
    ]


def hosts() -> list[str]:
    return [
        *(form for address in PRIVATE_4 for form in forms_of(address)),
        *(f"[{address}]" for address in PRIVATE_6),
        *("[::1%25lo]", "[fe80::1%lo]", "localhost", "LOCALHOST.", "ⅼocalhost", "private.test", "mixed.test"),
    ]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_names(
        monkeypatch, private=[["127.0.0.2"]], mixed=[["8.8.8.8", "127.0.0.2"]], six=[["2606:4700::1111", "::1"]]
    )


_watches: list[list[Any]] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        for watch in _watches:
            watch.append(arguments[1])


sys.addaudithook(_watch)  # for ever: Python has no way to take it back


@pytest.fixture
def connects() -> Iterator[list[Any]]:
    """The addresses to which any socket of this process was connected, or tried to be."""
    watch: list[Any] = []
    _watches.append(watch)
    yield watch
    _watches.remove(watch)


@pytest.fixture
def any_port(monkeypatch: pytest.MonkeyPatch, far_forbidden: Far) -> Far:
    """The far server, not allowed, on ports that would be: the address alone stands in the way."""
    monkeypatch.setattr(addresses, "PORTS", frozenset(map(far_forbidden.port, ["127.0.0.1", "127.0.0.2"])))
    return far_forbidden


@pytest.fixture
def first_is_public(monkeypatch: pytest.MonkeyPatch, any_port: Far) -> Far:
    """The far server, of which 127.0.0.1 counts as an address of the Internet, and the others do not."""
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1" or is_public(address))
    return any_port


def test_there_are_hundreds_of_forms() -> None:
    assert len(set(hosts())) > 200


def test_no_form_of_a_private_address_is_connected_to(any_port: Far, names: None, connects: list[Any]) -> None:
    port = any_port.port("127.0.0.2")
    answers = fetch_urls([f"http://{host}:{port}/feed.xml" for host in hosts()], QUICK)
    assert connects == []
    assert any_port.requests == []
    # Arabic digits make a name like any other, which nobody has.
    unknown = {url for url, answer in answers.items() if answer.outcome != Outcome.FORBIDDEN}
    assert unknown == {url for url in answers if "٠" in url or "١" in url}
    assert all(answers[url].outcome == Outcome.UNREACHABLE for url in unknown)
    assert all(answer.error for answer in answers.values())


def test_no_redirect_to_a_private_address_is_followed(
    far: Far, names: None, connects: list[Any], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FETCH_ALLOW_HOSTS = frozenset({"127.0.0.1"})
    port = far.port("127.0.0.2")
    monkeypatch.setattr(addresses, "PORTS", frozenset({port}))
    urls = [far.redirect(f"/{number}", f"http://{host}:{port}/") for number, host in enumerate(hosts())]
    answers = fetch_urls(urls, QUICK)
    assert set(connects) == {("127.0.0.1", far.port())}
    assert len(far.requests) == len(urls)
    assert {answer.outcome for answer in answers.values()} == {Outcome.FORBIDDEN, Outcome.UNREACHABLE}
    assert "redirects to one that is not allowed" in answers[urls[0]].error


def test_the_watch_sees_connections_to_what_is_allowed(far: Far, connects: list[Any]) -> None:
    assert fetch_one(far.serve("/feed.xml", "<rss/>")).outcome == Outcome.FETCHED
    assert connects == [("127.0.0.1", far.port())]


@pytest.mark.parametrize(
    "location",
    [
        "ftp://127.0.0.1/feed.xml",
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/_GET",
        "javascript:alert(1)",
        "data:text/xml,<rss/>",
        "http://[::1",
        "http://reader:secret@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://a\\@127.0.0.1/",
        "http://" + "a" * 3000,
    ],
)
def test_neither_schemes_nor_passwords_nor_nonsense_are_followed(far: Far, location: str) -> None:
    answer = fetch_one(far.redirect("/", location))
    assert answer.outcome == Outcome.FORBIDDEN
    assert len(far.requests) == 1
    assert fetch_one(location).outcome == Outcome.FORBIDDEN


@pytest.mark.parametrize("port", [22, 25, 6379, 8080])
def test_other_ports_than_those_of_the_web_are_refused(port: int, connects: list[Any]) -> None:
    answer = fetch_one(f"https://8.8.8.8:{port}/feed.xml")
    assert answer.outcome == Outcome.FORBIDDEN
    assert "name 8.8.8.8 in FETCH_ALLOW_HOSTS" in answer.error
    assert connects == []


def test_a_name_that_turns_from_public_to_private_is_refused(
    first_is_public: Far, monkeypatch: pytest.MonkeyPatch, connects: list[Any]
) -> None:
    answer_names(monkeypatch, turncoat=[["127.0.0.1"], ["127.0.0.2"]])
    first_is_public.serve("/feed.xml", "<rss/>")
    url = f"http://turncoat.test:{first_is_public.port()}/feed.xml"
    assert fetch_one(url).outcome == Outcome.FETCHED
    assert fetch_one(url).outcome == Outcome.FORBIDDEN
    assert connects == [("127.0.0.1", first_is_public.port())]


@pytest.mark.parametrize("found", [["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "::1"]])
def test_a_name_that_is_both_public_and_private_is_refused(
    first_is_public: Far, monkeypatch: pytest.MonkeyPatch, connects: list[Any], found: list[str]
) -> None:
    answer_names(monkeypatch, mixed=[found])
    assert fetch_one(f"http://mixed.test:{first_is_public.port()}/").outcome == Outcome.FORBIDDEN
    assert connects == []


def test_the_very_address_that_is_connected_to_is_checked(
    any_port: Far, monkeypatch: pytest.MonkeyPatch, connects: list[Any]
) -> None:
    class Credulous(addresses.Resolver):
        def __init__(self, *given: Any, **options: Any) -> None:
            super().__init__(*given, public_only=False)

    answer_names(monkeypatch, private=[["127.0.0.2"]], both=[["127.0.0.2", "127.0.0.3"]])
    monkeypatch.setattr(fetch, "Resolver", Credulous)
    for name in ("private", "both"):
        assert fetch_one(f"http://{name}.test:{any_port.port('127.0.0.2')}/").outcome == Outcome.FORBIDDEN
    assert connects == []


def test_an_allowed_name_leads_anywhere_and_to_any_port(
    far_forbidden: Far, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_names(monkeypatch, wiki=[["127.0.0.2"]])
    settings.FETCH_ALLOW_HOSTS = frozenset({"wiki.test"})
    far_forbidden.serve("/feed.xml", "<rss/>")
    port = far_forbidden.port("127.0.0.2")
    assert fetch_one(f"http://WIKI.test.:{port}/feed.xml").outcome == Outcome.FETCHED
    assert fetch_one(f"http://127.0.0.2:{port}/feed.xml").outcome == Outcome.FORBIDDEN


def test_a_stranger_cannot_redirect_into_an_allowed_host(first_is_public: Far, settings: Settings) -> None:
    settings.FETCH_ALLOW_HOSTS = frozenset({"127.0.0.2"})
    inside = first_is_public.url("/feed.xml", host="127.0.0.2")
    first_is_public.serve("/feed.xml", "<rss/>")
    assert fetch_one(inside).outcome == Outcome.FETCHED
    assert fetch_one(first_is_public.redirect("/away", inside)).outcome == Outcome.FORBIDDEN
    assert [asked.path for asked in first_is_public.requests] == ["/feed.xml", "/away"]


def test_proxies_of_the_environment_are_not_asked(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, far.url("/proxy", host="127.0.0.2"))
    assert fetch_one(far.serve("/feed.xml", "<rss/>")).outcome == Outcome.FETCHED
    assert [asked.host for asked in far.requests] == [f"127.0.0.1:{far.port()}"]


PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "198.20.0.1", "223.255.255.254", "2606:4700::1111"]
NOT_PUBLIC = [
    *PRIVATE_4,
    *PRIVATE_6,
    *("127.255.255.255", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.19.0.1", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::ffff:10.0.0.1", "::8.8.8.8"),
    *("64:ff9b::8.8.8.8", "64:ff9b:1::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2002:808:808::1"),
    *("3fff::1", "4000::1", "fe80::1%lo", "localhost", "8.8.8", "134744072", "08.8.8.8", "", "8.8.8.8 "),
]


@pytest.mark.parametrize("address", [*PUBLIC, "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_all_others_are_not(address: str) -> None:
    assert not is_public(address)


ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6), st.integers(0, 2**32 - 1).map(IPv4Address))


@settings(max_examples=examples(100))
@given(ADDRESSES)
def test_what_is_public_is_global_and_for_one_host(address: IPv4Address | IPv6Address) -> None:
    if is_public(str(address)):
        inner = getattr(address, "ipv4_mapped", None) or address
        assert inner.is_global
        assert not any([inner.is_multicast, inner.is_reserved, inner.is_private])


@settings(max_examples=examples(100))
@given(st.integers(0, 2**32 - 1))
def test_an_address_inside_another_is_judged_by_what_it_leads_to(number: int) -> None:
    assert is_public(str(IPv6Address(0xFFFF << 32 | number))) == is_public(str(IPv4Address(number)))
    for prefix in ("64:ff9b::", "64:ff9b:1::", "::", "::ffff:0:0:0"):
        assert not is_public(str(IPv6Address(int(ip_address(prefix)) | number)))
    assert not is_public(str(IPv6Address(0x2002 << 112 | number << 80 | 1)))


@settings(max_examples=examples(200))
@given(st.one_of(st.text(), st.text("htps:/@[]%.0123456789abcxfF\\#?。①\0\n").map("http://".__add__)))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        url = addresses.parse(text)
        addresses.check_public(url)
    except Forbidden as refusal:
        shown = str(refusal)
    else:
        shown = str(url)
        assert url.scheme in ("http", "https")
        assert url.raw_user is None
        assert addresses.parse(shown) == url
    assert shown.isprintable()
