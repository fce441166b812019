"""Notes in Markdown: rendered without raw HTML, then sanitised all the same."""

import contextlib
import hashlib
from collections.abc import Sequence

import nh3
from django.core.cache import cache
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from redis.exceptions import RedisError

# No images: a note must not call other hosts when it is read.
TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "h2", "h3", "h4", "hr"}
KEPT_SECONDS = 30 * 24 * 60 * 60
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("strikethrough").disable("image")


def render_all(texts: Sequence[str]) -> list[SafeString]:
    """The HTML of each text, rendered once and kept: Markdown may be made slow on purpose, and a page shows many."""
    keys = [f"note:{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}" for text in texts]
    kept: dict[str, str] = {}
    with contextlib.suppress(RedisError):  # without it pages are slower, and that is all
        kept = cache.get_many(keys)
    new = {key: str(render(text)) for key, text in zip(keys, texts, strict=True) if key not in kept}
    with contextlib.suppress(RedisError):
        cache.set_many(new, KEPT_SECONDS)
    return [mark_safe((kept | new)[key]) for key in keys]  # noqa: S308 - render() sanitised it


def render(text: str) -> SafeString:
    """The note's HTML. Headings begin at level two: the page has its own first."""
    html = _markdown.render(text).replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    clean = nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"})
    return mark_safe(clean)  # noqa: S308 - sanitised in the line above
