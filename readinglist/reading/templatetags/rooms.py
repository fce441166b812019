"""Small things that every page's frame needs."""

from collections.abc import Hashable, Iterator
from typing import Any

from django import template
from django.core.paginator import Page
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from readinglist.written import written

register = template.Library()


@register.simple_tag
def part(template_name: str, **said: Hashable) -> SafeString:
    """A template that sees these values alone, and is written once for all who see the same: `readinglist.written`."""
    return written(template_name, **said)


@register.simple_tag(takes_context=True)
def here(context: dict[str, Any], *names: str) -> SafeString | str:
    """`aria-current` where `page`, of `page_name`, is one of these."""
    return mark_safe('aria-current="page"') if context["page"] in names else ""


@register.simple_tag(takes_context=True)
def page_name(context: dict[str, Any]) -> str:
    """The name of the page in the reading room; empty for those of other rooms."""
    match = getattr(context.get("request"), "resolver_match", None)
    return match.url_name if match is not None and match.app_name == "reading" else ""


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
