"""What is shown of a post comes from strangers; here alone it is called safe."""

import re
from urllib.parse import urlsplit

from django.utils.safestring import SafeString, mark_safe

from readinglist.catalog.models import Post

WORDS_A_MINUTE = 230
_TAG = re.compile(r"<[^>]*>")
_WORD = re.compile(r"[^\W_]+")


def body_of(post: Post) -> SafeString:
    """The post's HTML: it was sanitised before it was stored."""
    return mark_safe(post.body)  # noqa: S308 - feeds.parse sanitised it


def address_of(post: Post) -> str:
    """Where the post stands on the web; empty where that is nothing to follow."""
    try:
        scheme = urlsplit(post.url).scheme
    except ValueError:
        return ""
    return post.url if scheme in ("http", "https") else ""


def minutes_of(post: Post) -> int | None:
    """How long its text takes, in whole minutes; None for less than one, which is mostly a feed's excerpt."""
    words = sum(1 for _ in _WORD.finditer(_TAG.sub(" ", post.body)))
    return round(words / WORDS_A_MINUTE) or None
