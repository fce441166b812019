"""Small things that every page's frame needs."""

from collections.abc import Iterator
from typing import Any

from django import template
from django.core.paginator import Page
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

register = template.Library()


@register.simple_tag(takes_context=True)
def here(context: dict[str, Any], *names: str) -> SafeString | str:
    """`aria-current` where the page is one of the reading room's `names`."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    if match is not None and match.app_name == "reading" and match.url_name in names:
        return mark_safe('aria-current="page"')
    return ""


@register.simple_tag
def week_now() -> str:
    """The running week by the reader's clock, as `2026-W47`."""
    year, week, _ = timezone.localdate().isocalendar()
    return f"{year}-W{week:02}"


@register.simple_tag
def pages_of(page: Page[Any]) -> Iterator[int | str]:
    """The numbers to offer: the first, the last, those around the page, and an ellipsis for each gap."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)


@register.filter
def as_time(minutes: int) -> str:
    """75 as `1 h 15 min`."""
    hours, rest = divmod(int(minutes), 60)
    figures = {"hours": hours, "minutes": rest}
    if not hours:
        return gettext("%(minutes)s min") % figures
    return gettext("%(hours)s h %(minutes)s min") % figures if rest else gettext("%(hours)s h") % figures


@register.simple_tag(takes_context=True)
def address_with(context: dict[str, Any], **changes: Any) -> str:
    """The page's own query with `changes`; an empty value takes a parameter out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}" if query else "?"
