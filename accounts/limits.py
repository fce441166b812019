"""How often something may be tried, by ACCOUNT_RATE_LIMITS, counted in the cache that all processes share."""

from allauth.core.ratelimit import consume_or_429
from django.http import HttpRequest, HttpResponse


def too_often(request: HttpRequest, action: str, *, key: str | None = None) -> HttpResponse | None:
    """Counts this try; the page that says to wait where it was one too many. Looking at a page is no try."""
    limited: HttpResponse | None = consume_or_429(request, action=action, key=key)
    return limited
