"""What stands around every page: the list of keys, and the manifest by which a device keeps the desk as an app."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.requests import ReaderRequest

PAPER = "#faf8f3"  # as in static/css/tokens.css


@require_safe
@vary_on_headers("HX-Request")
def keys(request: ReaderRequest) -> HttpResponse:
    """The keys as a page, or for site.js as a dialog."""
    return render(request, "components/_keys_dialog.html" if request.htmx else "reading/keys.html")


@require_safe
@login_not_required
def manifest(request: HttpRequest) -> JsonResponse:
    """Browsers fetch it without saying who asks."""
    home = reverse("reading:home")
    rooms = {_("Inbox"): "reading:inbox", _("Canon"): "reading:canon", _("Search"): "reading:search"}
    content = {
        "id": home,
        "name": _("Readinglist"),
        "short_name": _("Readinglist"),
        "description": _("A team's reading desk: what to read, and how far everybody is."),
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": [
            _icon("icon.svg", "any", "image/svg+xml", "any"),
            _icon("icon-192.png", "192x192", "image/png", "any"),
            _icon("icon-512.png", "512x512", "image/png", "any"),
            _icon("icon-maskable-512.png", "512x512", "image/png", "maskable"),
        ],
        # A phone hands over what is shared as it comes; which of it is the address, that page finds out.
        "share_target": {
            "action": reverse("reading:add"),
            "method": "GET",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
        "shortcuts": [{"name": name, "url": reverse(route)} for name, route in rooms.items()],
    }
    return JsonResponse(content, content_type="application/manifest+json")


def _icon(name: str, sizes: str, kind: str, purpose: str) -> dict[str, str]:
    return {"src": static(f"img/{name}"), "sizes": sizes, "type": kind, "purpose": purpose}
