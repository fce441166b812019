"""What the pages about signing in ask."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django import template

from accounts import connections, passkeys, sessions
from accounts.models import User

register = template.Library()


@register.simple_tag(takes_context=True)
def passkeys_trouble(context: dict[str, Any]) -> str:
    return passkeys.trouble(context["request"])


@register.simple_tag
def passkeys_host() -> str:
    return passkeys.host()


@register.simple_tag
def ways_in() -> list[connections.Way]:
    return connections.ways()


@register.simple_tag(takes_context=True)
def connected(context: dict[str, Any]) -> list[tuple[connections.Way, SocialAccount | None]]:
    user: User = context["request"].user
    return connections.of(user)


@register.filter
def browser(user_agent: str) -> str:
    return sessions.browser_of(user_agent)
