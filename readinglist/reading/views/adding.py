"""What a phone or another page hands over by its address: to queue, to save, to follow, or to suggest."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import ReaderRequest
from readinglist.catalog.models import Source
from readinglist.reading import brought
from readinglist.reading.directory import lines_of_sources
from readinglist.reading.views.pages import lines_of

LONGEST_ADDRESS = 2000
LONGEST_TITLE = 300  # as a suggestion has room for
LONGEST_TEXT = 1000
# It runs in the page that somebody reads. What it hands over fits into a request line of gunicorn, whatever its script;
# on the way through signing in only where the address is not at its longest.
_BOOKMARKLET = (
    "(()=>{const page=%(page)s+'?'+new URLSearchParams({url:location.href.slice(0,%(longest)d),"
    "title:document.title.slice(0,150),text:String(getSelection()).slice(0,250)});"
    "open(page)||location.assign(page)})()"
)


class AddressForm(forms.Form):
    """Its fields are those that the manifest promises to phones."""

    url = forms.CharField(
        label=_("Address, arXiv id, DOI or ISBN"),
        max_length=LONGEST_ADDRESS,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={
            "required": _("What was handed over holds no address. Paste it here."),
            "max_length": _("An address has room for %(limit_value)d characters; this is longer. Shorten it."),
            "null_characters_not_allowed": _("No address has such characters. Copy it once more, and paste it here."),
        },
    )
    title = forms.CharField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(required=False, widget=forms.HiddenInput)


@require_safe
def add(request: ReaderRequest) -> HttpResponse:
    """What the address in `url`, `text` or `title` is here, and what can be done with it; by itself it does nothing."""
    handed = [request.GET.get(name, "") for name in ("url", "title", "text")]
    context: dict[str, Any] = {"bookmarklet": bookmarklet(), "next": request.get_full_path()}
    if not any(part.strip() for part in handed):
        return render(request, "reading/add.html", context | {"form": AddressForm()})
    found = brought.read(*handed)
    title, words = found.title[:LONGEST_TITLE], found.words[:LONGEST_TEXT]
    form = AddressForm({"url": found.address, "title": title, "text": words})
    context |= {"form": form, "brought": found, "blank": AddressForm()}
    if form.is_valid():
        try:
            context |= _known(form.cleaned_data["url"], request.user)
        except brought.AddressRefused as refusal:
            form.add_error("url", str(refusal))
        else:
            asked = {"url": form.cleaned_data["url"], "title": title, "why": words}
            context["suggestion"] = urlencode({name: value for name, value in asked.items() if value})
    return render(request, "reading/add.html", context)


def bookmarklet() -> str:
    """The address of a bookmark that brings the page it is pressed on here."""
    page = f"{settings.SITE_URL}{reverse('reading:add')}"
    script = _BOOKMARKLET % {"page": json.dumps(page), "longest": LONGEST_ADDRESS + 1}
    return "javascript:" + quote(script, safe="(){}=>+?:.,'|/;")


def _known(address: str, user: User) -> dict[str, Any]:
    now = timezone.now()
    known = brought.recognise(address, user=user, now=now)
    sources = Source.objects.filter(pk__in=[source.pk for source in known.sources])
    lines = lines_of([*known.entries, *known.linking], user)
    return {
        "known": known,
        "works": lines[: len(known.entries)],
        "linking": lines[len(known.entries) :],
        "sources": lines_of_sources(sources, user, now=now) if known.sources else [],
    }
