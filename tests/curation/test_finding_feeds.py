"""The page that finds feeds: what it shows of them, whose they become, and who may ask."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from readinglist.catalog.models import Feed, Source
from readinglist.curation import discovering
from readinglist.curation.finding import Offer
from tests.feeds.making import rss
from tests.fixtures.far import HOSTS, Far
from tests.fixtures.posts import make_feed, make_source
from tests.reading.test_stages import in_threads

pytestmark = pytest.mark.django_db
FIND, ADD = "/curation/feeds/find/", "/curation/feeds/add/"
HTML = "text/html; charset=utf-8"


@pytest.fixture
def site(far: Far) -> str:
    """The address of a page that names two feeds."""
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{name}">' for name in ("/a.xml", "/b.xml"))
    far.serve("/a.xml", rss("one", "two", "three", "four"))
    far.serve("/b.xml", rss("five", title="Comment <b>on</b>"))
    return far.serve("/blog/", f"<!doctype html><title>Site</title>{links}", content_type=HTML)


def find(client: Client, address: str) -> Any:
    return client.post(FIND, {"address": address})


def offers(client: Client, address: str) -> list[Offer]:
    page = find(client, address)
    assert page.status_code == 200
    found: list[Offer] = page.context["offers"]
    return found


def filled_in(offer: Offer, **changed: Any) -> dict[str, Any]:
    """What a browser would send for an offer."""
    assert offer.form is not None
    return {name: offer.form[name].value() or "" for name in offer.form.fields} | changed


def add(client: Client, values: dict[str, Any]) -> Any:
    return client.post(ADD, values, follow=True)


def form_of(url: str = "https://blog.example/feed", **changed: Any) -> dict[str, Any]:
    given = {"feed": url, "source": "", "name": "A blog", "kind": "blog", "site": "https://blog.example/"}
    return given | changed


# ------------------------------------------------------------------------ who
def test_it_is_for_curators(
    curator_client: Client, reader_client: Client, admin_client: Client, outsider: Client, far: Far, site: str
) -> None:
    for client, status in ((curator_client, 200), (admin_client, 200), (reader_client, 403), (outsider, 302)):
        assert client.get(FIND).status_code == status
    for client in (reader_client, outsider):
        find(client, site)
        add(client, form_of())
    assert far.requests == []
    assert not Feed.objects.exists()
    assert curator_client.get(ADD).status_code == 405
    assert outsider.get(FIND).headers["Location"].endswith(f"?next={FIND}")


def test_a_link_from_elsewhere_sends_this_server_nowhere(curator_client: Client, far: Far, site: str) -> None:
    page = curator_client.get(FIND, {"address": site})
    assert page.context["form"]["address"].value() == site
    assert far.requests == []


def test_a_form_from_elsewhere_is_refused(curator: User, far: Far, site: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(curator)
    assert find(strict, site).status_code == 403
    assert strict.post(ADD, form_of()).status_code == 403
    assert far.requests == []
    assert not Feed.objects.exists()


# -------------------------------------------------------------------- finding
def test_each_feed_stands_with_its_newest_posts(curator_client: Client, far: Far, site: str) -> None:
    page = find(curator_client, site)
    text = page.text
    assert [offer.url for offer in page.context["offers"]] == [far.url("/a.xml"), far.url("/b.xml")]
    assert [word in text for word in ("Post one", "Post two", "Post three", "Post four")] == [True, True, True, False]
    assert "1 Nov 2026" in text
    assert "4 posts in it" in text
    assert "1 post in it" in text
    assert f'value="{site}"' in text  # what was typed


def test_what_strangers_wrote_is_shown_as_text(curator_client: Client, far: Far) -> None:
    title = "&lt;script&gt;alert(1)&lt;/script&gt;"
    url = far.serve("/feed.xml", rss("a", title=f"<![CDATA[{title}]]>"))
    page = find(curator_client, url).text
    assert "<script>alert" not in page
    assert "alert(1)" in page


@pytest.mark.parametrize("address", ["", " ", "x" * 3000, "a\x00b"])
def test_what_is_no_address_at_all_is_asked_for_again(curator_client: Client, far: Far, address: str) -> None:
    page = find(curator_client, address)
    assert page.status_code == 422
    assert page.context["form"].errors["address"]
    assert far.requests == []


def test_a_private_address_is_refused_in_words_and_what_was_typed_stays(
    curator_client: Client, far_forbidden: Far
) -> None:
    page = find(curator_client, "http://169.254.169.254/latest/meta-data/")
    assert "169.254.169.254 is no public address of the Internet." in page.text
    assert 'value="http://169.254.169.254/latest/meta-data/"' in page.text
    assert page.context["offers"] == []


def test_a_feed_that_is_here_says_whose_it_is(curator_client: Client, far: Far, site: str) -> None:
    here = make_feed(make_source("Here"), url=far.url("/a.xml") + "/")
    first, second = offers(curator_client, site)
    assert (first.here, first.form) == (here, None)
    assert second.here is None
    page = find(curator_client, site).text
    assert f'as a feed of <a href="{reverse("curation:feed", args=[here.pk])}">Here</a>' in page


def test_the_source_of_the_same_site_is_proposed(curator_client: Client, far: Far, site: str) -> None:
    make_source("Retired", url=far.url("/"), status="retired")
    make_source("Elsewhere", url="https://else.example/")
    make_source("Nowhere", url=None)
    assert [offer.form["source"].value() for offer in offers(curator_client, site) if offer.form] == [None, None]
    same = make_source("Same site", url=far.url("/about"))
    forms = [offer.form for offer in offers(curator_client, site) if offer.form]
    assert [form["source"].value() for form in forms] == [same.pk, same.pk]
    shown = find(curator_client, site).text
    assert [name in shown for name in (">Elsewhere<", ">Nowhere<", ">Same site<", ">Retired<")] == [True] * 3 + [False]


def test_on_a_host_of_many_only_the_same_part_is_the_same_site() -> None:
    other = make_source("cutlass", url="https://github.com/NVIDIA/cutlass")
    same = make_source("nccl", url="https://github.com/NVIDIA/nccl")
    assert discovering.source_of([other, same], ["https://github.com/nvidia/nccl/releases.atom"]) == same
    assert discovering.source_of([other], ["https://github.com/NVIDIA/nccl"]) is None


def test_a_new_source_is_filled_in_from_page_and_feed(curator_client: Client, far: Far, site: str) -> None:
    values = filled_in(offers(curator_client, site)[0])
    assert values == {"feed": far.url("/a.xml"), "source": "", "name": "A blog", "kind": "blog", "site": site}
    values = filled_in(offers(curator_client, far.url("/a.xml"))[0])
    assert values["site"] == far.url("/")


def test_it_costs_the_same_however_much_is_found_and_here(
    curator_client: Client, far: Far, site: str, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(30):
        make_feed(make_source(f"Source {number}"), url=far.url(f"/{number}.xml", host=HOSTS[0]))
    for name in ("a", "b"):
        make_feed(url=far.url(f"/{name}.xml"))
    with django_assert_max_num_queries(7):
        find(curator_client, site)


# --------------------------------------------------------------------- adding
def test_a_feed_is_added_with_a_new_live_source(curator: User, curator_client: Client, far: Far, site: str) -> None:
    page = add(curator_client, filled_in(offers(curator_client, site)[0], name="The blog", kind="lab"))

    feed = Feed.objects.select_related("source").get()
    assert page.redirect_chain == [(reverse("curation:feed", args=[feed.pk]), 302)]
    assert "“The blog” and its feed are added." in page.text
    assert feed.url == far.url("/a.xml")
    source = feed.source
    assert (source.name, source.slug, source.kind, source.status) == ("The blog", "the-blog", "lab", "live")
    assert source.url == site
    for row in (feed, source):
        (past,) = row.history.all()
        assert (past.history_type, past.history_user) == ("+", curator)
        assert past.history_change_reason == discovering.CHANGE_REASON


def test_a_feed_is_added_to_a_source_that_is_here(curator_client: Client) -> None:
    source = make_source("Here")
    page = add(curator_client, form_of(source=source.pk, name="", site=""))
    assert "The feed is added to “Here”." in page.text
    assert Feed.objects.get().source == source
    assert Source.objects.get() == source
    assert not source.history.filter(history_change_reason=discovering.CHANGE_REASON).exists()


def test_names_that_are_here_get_a_slug_of_their_own(curator_client: Client) -> None:
    make_source("A blog", slug="a-blog")
    add(curator_client, form_of(site=""))
    source = Feed.objects.get().source
    assert (source.slug, source.url) == ("a-blog-2", None)


@pytest.mark.parametrize("again", ["https://blog.example/feed", "http://www.blog.example/feed/"])
def test_a_feed_is_never_added_twice(curator_client: Client, again: str) -> None:
    add(curator_client, form_of())
    page = add(curator_client, form_of(again, name="Another"))
    assert "This feed is here already: it is one of “A blog”." in page.text
    assert (Feed.objects.count(), Source.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": " "}, "A new source needs a name"),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"kind": "gossip"}, "gossip is not one of the available choices"),
        ({"site": "javascript:alert(1)"}, "Enter a valid URL"),
        ({"source": "99999"}, "That choice is not one of the available choices"),
        ({"feed": "ftp://blog.example/feed"}, "fetched by http and https alone"),
        ({"feed": "https://ada:secret@blog.example/"}, "user name or a password"),
        ({"feed": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    curator_client: Client, changed: dict[str, str], words: str
) -> None:
    page = add(curator_client, form_of(name="Typed before") | changed)
    assert page.status_code == 422
    assert words in page.text
    assert ("Typed before" in page.text) is ("name" not in changed)
    assert not Feed.objects.exists()
    assert not Source.objects.exists()


def test_a_source_that_is_not_live_is_no_choice(curator_client: Client) -> None:
    source = make_source("Draft", status="draft")
    assert add(curator_client, form_of(source=source.pk)).status_code == 422
    assert not Feed.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_curators_at_once_add_a_feed_once() -> None:
    added: list[discovering.Added] = []

    def add_it(url: str) -> None:
        added.append(discovering.add(url, source=Source(name="A blog", kind="blog")))

    urls = ("https://blog.example/feed", "http://www.blog.example/feed/")
    assert in_threads(*(partial(add_it, url) for url in urls)) == []
    assert sorted(one.is_new for one in added) == [False, True]
    assert Source.objects.get().feeds.get() == added[0].feed == added[1].feed
