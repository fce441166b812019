"""Passkeys belong to the name of a site: which one, and where they can be used at all."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

MOST = 20  # of one person


def host() -> str:
    """The name that passkeys are made for: SITE_URL's, whatever Host a request has."""
    return urlsplit(settings.SITE_URL).hostname or ""


def trouble(request: HttpRequest) -> str:
    """Why no passkey can be made or used on this page, and what to do; empty where it can."""
    site = {"site": settings.SITE_URL}
    if _is_number(host()):
        told = _("Passkeys need a name, and this site is reached by a number (%(site)s). Ask an admin for a name.")
        return told % site
    if not settings.SITE_URL.startswith("https:") and not _is_this_machine(host()):
        return _("Passkeys need https, and this site is reached without (%(site)s). Ask an admin for https.") % site
    if urlsplit(f"//{request.get_host()}").hostname != host():
        return _("Passkeys work at %(site)s alone: open this page there.") % site
    return ""


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_this_machine(name: str) -> bool:
    return name == "localhost" or name.endswith(".localhost")
