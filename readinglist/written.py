"""Parts of pages that come again and again: written once, and remembered by all that they say.

A page of fifty lines is mostly templates, which take longer to write a line than PostgreSQL to find it. Such a part is
told by plain values, and its template sees nothing else: what is remembered is never another reader's, nor out of date.
"""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language

MOST = 10_000  # in each process: some 20 MB, were all of them lines of posts


def written(template: str, **said: Hashable) -> SafeString:
    """The template with `said` as its names: plain values and named tuples of them, in the reader's language.

    Nothing that equals what says something else: no models, no text that is marked as safe, and no moment without the
    zone that tells its hour.
    """
    write = _written.__wrapped__ if settings.DEBUG else _written  # a template that is being worked on changes
    # The addresses in it begin with the prefix that the server's request came with.
    return write(template, get_language(), get_script_prefix(), tuple(said.items()))


def forget() -> None:
    """All of it."""
    _written.cache_clear()


@lru_cache(maxsize=MOST)
def _written(template: str, language: str | None, prefix: str, said: tuple[tuple[str, Any], ...]) -> SafeString:
    return render_to_string(template, dict(said))
