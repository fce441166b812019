"""Whether it is still the person who signed in: asked before everything about them is handed out or deleted."""

import time
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate

from accounts.requests import ReaderRequest


def is_confirmed(request: ReaderRequest) -> bool:
    """By password or second factor a few minutes ago; for who has neither here, by signing in."""
    if get_adapter().get_reauthentication_methods(request.user):
        return bool(did_recently_reauthenticate(request))
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


def page_for(request: ReaderRequest, *, back: str) -> str:
    """Where the person confirms it, and goes `back` from; empty where only signing in anew does."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    return f"{methods[0]['url']}?{urlencode({'next': back})}" if methods else ""
