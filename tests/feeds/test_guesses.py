"""What an address alone says of feeds: rules for sites that are known, and where most others have theirs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import addresses, guesses
from tests.fixtures.effort import examples

CHANNEL = "UCXUPKJO5MZQN11PqgIvyuvQ"
VIDEOS = "https://www.youtube.com/feeds/videos.xml"
REPOSITORY = [f"https://github.com/NVIDIA/nccl/{feed}.atom" for feed in ("releases", "tags", "commits")]


@pytest.mark.parametrize(
    ("address", "feeds"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}", [f"{VIDEOS}?channel_id={CHANNEL}"]),
        (f"https://m.youtube.com/channel/{CHANNEL}/videos?view=0", [f"{VIDEOS}?channel_id={CHANNEL}"]),
        ("https://youtube.com/user/someone", [f"{VIDEOS}?user=someone"]),
        ("https://www.youtube.com/playlist?list=PL-x_1", [f"{VIDEOS}?playlist_id=PL-x_1"]),
        ("https://www.youtube.com/watch?v=abc&list=PL-x_1", [f"{VIDEOS}?playlist_id=PL-x_1"]),
        ("https://www.youtube.com/@somebody", []),  # its page says which channel that is
        ("https://www.youtube.com/channel/UCshort", []),
        (f"https://www.youtube.com/channel/{CHANNEL}%22", []),
        ("https://www.youtube.com/playlist?list=a%26b", []),
        ("https://github.com/NVIDIA/nccl", REPOSITORY),
        ("http://www.github.com/NVIDIA/nccl.git", REPOSITORY),
        ("https://github.com/NVIDIA/nccl/issues?q=is%3Aopen", REPOSITORY),
        ("https://github.com/NVIDIA/nccl/releases.atom", []),  # is one itself
        ("https://github.com/NVIDIA", ["https://github.com/NVIDIA.atom"]),
        ("https://github.com/orgs/NVIDIA/repositories", ["https://github.com/NVIDIA.atom"]),
        ("https://github.com/topics/cuda", []),
        ("https://github.com/", []),
        ("https://www.reddit.com/r/LocalLLaMA/", ["https://www.reddit.com/r/LocalLLaMA/.rss"]),
        ("https://old.reddit.com/r/LocalLLaMA/comments/1/x", ["https://www.reddit.com/r/LocalLLaMA/.rss"]),
        (
            "https://www.reddit.com/r/LocalLLaMA/top/?t=week",
            ["https://www.reddit.com/r/LocalLLaMA/top/.rss?t=week"],
        ),
        ("https://www.reddit.com/r/LocalLLaMA/top/?t=x", ["https://www.reddit.com/r/LocalLLaMA/top/.rss"]),
        ("https://www.reddit.com/user/somebody", ["https://www.reddit.com/user/somebody/.rss"]),
        ("https://www.reddit.com/", []),
        ("https://arxiv.org/list/cs.DC/recent", ["https://rss.arxiv.org/rss/cs.DC"]),
        ("https://arxiv.org/list/cs.LG+cs.DC/new", ["https://rss.arxiv.org/rss/cs.LG+cs.DC"]),
        ("https://arxiv.org/archive/cond-mat", ["https://rss.arxiv.org/rss/cond-mat"]),
        ("https://arxiv.org/abs/1706.03762", []),
        ("https://someone.substack.com/p/a-post", ["https://someone.substack.com/feed"]),
        ("https://substack.com/@someone/posts", ["https://someone.substack.com/feed"]),
        ("https://medium.com/@someone/a-post-1", ["https://medium.com/feed/@someone"]),
        ("https://medium.com/publication", ["https://medium.com/feed/publication"]),
        ("https://medium.com/tag/gpu/latest", ["https://medium.com/feed/tag/gpu"]),
        ("https://medium.com/feed/@someone", []),
        ("https://someone.medium.com/a-post-1", ["https://someone.medium.com/feed"]),
        ("https://social.example/@someone/1", ["https://social.example/@someone.rss"]),
        ("https://social.example/@someone@far.example", ["https://social.example/@someone@far.example.rss"]),
        ("https://blog.example/a/b", []),
        ("", []),
        ("https://[", []),
    ],
)
def test_sites_that_are_known_are_not_asked_where_their_feeds_are(address: str, feeds: list[str]) -> None:
    assert guesses.known_feeds(address) == feeds


def test_other_sites_are_asked_at_their_root_and_in_the_section_of_the_page() -> None:
    at_root = [f"https://site.example:8443/{name}" for name in guesses._AT_THE_ROOT]
    assert guesses.usual_feeds("https://site.example:8443/notes/2026/x.html?a=1") == [
        *at_root,
        *(f"https://site.example:8443/notes/{name}" for name in ("feed", "feed.xml", "rss.xml", "index.xml")),
    ]
    in_blog = [f"https://site.example:8443/blog/{name}" for name in ("feed", "feed.xml", "rss.xml", "index.xml")]
    for page in ("", "/", "/index.html", "/%2e%2e/x", "/a b"):
        assert guesses.usual_feeds(f"https://site.example:8443{page}") == at_root + in_blog


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}", "channel"),
        (f"{VIDEOS}?channel_id={CHANNEL}", "channel"),
        ("https://github.com/NVIDIA/nccl", "project"),
        ("https://github.com/NVIDIA/nccl/issues", "issue_tracker"),
        ("https://www.reddit.com/r/LocalLLaMA/.rss", "community"),
        ("https://someone.substack.com/feed", "newsletter"),
        ("https://rss.arxiv.org/rss/cs.DC", "report_series"),
        ("https://social.example/@someone.rss", "person"),
        ("https://medium.com/@someone", "blog"),
        ("https://github.com.evil.example/NVIDIA/nccl", "blog"),
        ("https://blog.example/", "blog"),
        ("", "blog"),
    ],
)
def test_the_host_tells_what_kind_of_source_it_is(address: str, kind: str) -> None:
    assert guesses.kind_of(address) == kind


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("https://www.blog.example/", "http://blog.example/2026/a-post", True),
        ("https://blog.example/", "https://other.example/", False),
        ("https://github.com/NVIDIA/nccl", "https://github.com/nvidia/NCCL/releases.atom", True),
        ("https://github.com/NVIDIA/nccl", "https://github.com/NVIDIA/cutlass", False),
        ("https://www.youtube.com/@somebody", "https://youtube.com/@somebody/videos", True),
        ("https://www.youtube.com/@somebody", "https://youtube.com/@somebodyelse", False),
        ("https://medium.com/a/b", "https://medium.com/a", True),
        ("https://medium.com/a", "https://medium.com/b", False),
    ],
)
def test_pages_of_one_site_are_told_from_those_of_many_on_one_host(one: str, other: str, is_same: bool) -> None:
    assert (guesses.site_of(one) == guesses.site_of(other)) is is_same


def test_the_home_of_a_feed_is_its_hosts_root_unless_it_is_a_host_of_many() -> None:
    assert guesses.home_of("https://blog.example/a/feed.xml?x=1") == "https://blog.example/"
    assert guesses.home_of("https://github.com/NVIDIA/nccl/releases.atom") == ""
    assert guesses.home_of("https://feeds.feedburner.com/someone") == ""
    assert guesses.home_of("") == ""


@settings(max_examples=examples(300))
@given(
    host=st.sampled_from(["github.com", "youtube.com", "medium.com", "arxiv.org", "reddit.com", "a.example"]),
    rest=st.text(max_size=60) | st.from_regex(r"/(@|r/|list/|user/|channel/|feed/)?[\w.@%/?=&#-]{0,40}"),
)
def test_whatever_is_pasted_a_guess_is_an_address_that_may_be_fetched(host: str, rest: str) -> None:
    address = f"https://{host}/{rest}"
    for guess in [*guesses.known_feeds(address), *guesses.usual_feeds(address)]:
        addresses.parse(guess)
    guesses.kind_of(address)
    guesses.site_of(address)
