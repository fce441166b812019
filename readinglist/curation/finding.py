"""The page that finds the feeds of a site: a curator pastes an address, and adds what is found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import ReaderRequest
from feeds import addresses, discovery, guesses
from feeds.discovery import Discovery, Proposal
from readinglist.catalog.choices import SourceKind
from readinglist.catalog.models import Feed, Source
from readinglist.curation import discovering

NEW = gettext_lazy("A new source")


class FindForm(forms.Form):
    """The address of a page, or of a feed itself."""

    address = forms.CharField(
        label=gettext_lazy("Address of a site, a page or a feed"),
        help_text=gettext_lazy("As you would type it into a browser; https:// may be left out."),
        max_length=addresses.MAX_LENGTH,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": gettext_lazy("Paste the address of the site whose feeds you look for.")},
    )


class AddForm(forms.Form):
    """A feed that was found, and where it goes: to a live source, or to a new one of this name, kind and address."""

    feed = forms.URLField(max_length=500, assume_scheme="https", widget=forms.HiddenInput)
    source = forms.ModelChoiceField(
        Source.objects.none(), label=gettext_lazy("Goes to"), required=False, empty_label=NEW
    )
    name = forms.CharField(label=gettext_lazy("Name if new"), max_length=200, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind if new"), choices=SourceKind)
    site = forms.URLField(
        label=gettext_lazy("Address if new"),
        max_length=500,
        required=False,
        assume_scheme="https",
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )

    def __init__(self, *args: Any, sources: Sequence[Source] | None = None, **kwargs: Any) -> None:
        """With `sources` given, many forms share one query."""
        super().__init__(*args, **kwargs)
        field = cast(forms.ModelChoiceField, self.fields["source"])
        field.queryset = Source.objects.live().order_by("name", "pk")
        if sources is not None:
            field.choices = [("", NEW), *((source.pk, source.name) for source in sources)]

    def clean_feed(self) -> str:
        url: str = self.cleaned_data["feed"]
        try:
            addresses.parse(url)
        except addresses.Forbidden as error:
            raise ValidationError(str(error)) from error
        return url

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "source" in cleaned and cleaned["source"] is None and not cleaned.get("name") and "name" not in self.errors:
            self.add_error("name", _("A new source needs a name: write one, or choose a source that is here."))
        return cleaned

    def chosen_source(self) -> Source:
        """The source of the cleaned form; a new one is not saved yet."""
        chosen = self.cleaned_data
        return chosen["source"] or Source(name=chosen["name"], kind=chosen["kind"], url=chosen["site"] or None)


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed as the page offers it: what is known of it, whose it is already, else the form that adds it."""

    url: str
    proposal: Proposal | None = None
    here: Feed | None = None
    form: AddForm | None = None


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("catalog.change_entry", raise_exception=True)
def find(request: ReaderRequest) -> HttpResponse:
    """Asks for an address, and shows the feeds that it leads to.

    Only a form of ours makes this server go there (POST): a link from elsewhere fills in the address, no more.
    """
    if request.method != "POST":
        return _page(request, FindForm(initial={"address": request.GET.get("address", "")[: addresses.MAX_LENGTH]}))
    form = FindForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    found = discovery.discover(form.cleaned_data["address"], now=timezone.now())
    return _page(request, form, found=found, offers=_offers(found))


@require_POST
@permission_required("catalog.change_entry", raise_exception=True)
def add(request: ReaderRequest) -> HttpResponse:
    """Adds a feed that was found, and shows its page."""
    form = AddForm(request.POST, auto_id="add-%s")
    if not form.is_valid():
        url = str(form.data.get("feed", ""))
        asked = FindForm(initial={"address": url[: addresses.MAX_LENGTH]})
        return _page(request, asked, offers=[Offer(url, form=form)], status=422)
    added = discovering.add(form.cleaned_data["feed"], source=form.chosen_source())
    name = {"name": added.feed.source.name}
    if not added.is_new:
        messages.info(request, _("This feed is here already: it is one of “%(name)s”.") % name)
    elif added.is_source_new:
        said = _("“%(name)s” and its feed are added. The worker visits it within a minute; give it a category.")
        messages.success(request, said % name)
    else:
        messages.success(request, _("The feed is added to “%(name)s”. The worker visits it within a minute.") % name)
    return redirect("curation:feed", pk=added.feed.pk)


def _page(
    request: ReaderRequest,
    form: FindForm,
    *,
    found: Discovery | None = None,
    offers: Sequence[Offer] = (),
    status: int = 200,
) -> HttpResponse:
    if not form.errors and not offers:
        form.fields["address"].widget.attrs["autofocus"] = True
    context = {"form": form, "found": found, "offers": offers}
    return render(request, "curation/find.html", context, status=status)


def _offers(found: Discovery) -> list[Offer]:
    """The proposals, each with a form that says where it probably goes; two queries, however many there are."""
    if not found.proposals:
        return []
    here = discovering.feeds_here([proposal.url for proposal in found.proposals])
    sources = list(Source.objects.live().only("name", "url").order_by("name", "pk"))
    offers = []
    for number, proposal in enumerate(found.proposals):
        form = None
        if proposal.url not in here:
            form = _form_of(proposal, found, sources, auto_id=f"add-{number}-%s")
        offers.append(Offer(proposal.url, proposal, here.get(proposal.url), form))
    return offers


def _form_of(proposal: Proposal, found: Discovery, sources: Sequence[Source], *, auto_id: str) -> AddForm:
    site = found.page_url or guesses.home_of(proposal.url)
    kind = guesses.kind_of(site)
    probable = discovering.source_of(sources, [found.page_url, proposal.url])
    initial = {
        "feed": proposal.url,
        "source": probable and probable.pk,
        "name": (proposal.title or found.page_title or guesses.site_of(proposal.url))[:200],
        "kind": proposal.kind if kind == SourceKind.BLOG else kind,
        "site": site,
    }
    return AddForm(initial=initial, auto_id=auto_id, sources=sources)
