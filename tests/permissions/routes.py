"""Every route of the program, by its name; where it has none, by its pattern."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver


@dataclass(frozen=True, slots=True)
class Route:
    name: str
    pattern: str
    view: Any


def all_routes() -> list[Route]:
    return list(_routes_of(get_resolver(), "", ""))


def _routes_of(resolver: Any, start: str, space: str) -> Iterator[Route]:
    for part in resolver.url_patterns:
        pattern = f"{start}{part.pattern}"
        if isinstance(part, URLPattern):
            yield Route(f"{space}{part.name}" if part.name else pattern, pattern, part.callback)
        else:
            yield from _routes_of(part, pattern, f"{space}{part.namespace}:" if part.namespace else space)
