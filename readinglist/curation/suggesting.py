"""Readers' pages: suggest a work for the catalogue, and see what became of what one suggested."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import ReaderRequest
from readinglist.catalog import identifiers
from readinglist.catalog.models import Entry, Post
from readinglist.curation import suggestions
from readinglist.curation.models import Suggestion
from readinglist.reading import inbox
from readinglist.reading.forms import LARGEST_ID
from readinglist.reading.views.pages import PER_PAGE, if_visible, way_back

LONGEST_ADDRESS = 2000
TITLE_LENGTH = Suggestion._meta.get_field("title").max_length or 0


class SuggestionForm(forms.Form):
    """Of a post only its title and why; else the address too."""

    address = forms.CharField(
        label=gettext_lazy("Address, arXiv id, DOI or ISBN"),
        max_length=LONGEST_ADDRESS,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={
            "required": gettext_lazy("Paste the address of the work, or its arXiv id, DOI or ISBN."),
            "max_length": gettext_lazy("An address has room for %(limit_value)d characters; this is %(show_value)d."),
        },
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=TITLE_LENGTH,
        error_messages={
            "required": gettext_lazy("Write the title of the work."),
            "max_length": gettext_lazy("A title has room for %(limit_value)d characters; this is %(show_value)d."),
        },
    )
    why = forms.CharField(
        label=gettext_lazy("Why it belongs there"),
        help_text=gettext_lazy("For the curators; a sentence is enough."),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "max_length": gettext_lazy("There is room for %(limit_value)d characters; this is %(show_value)d.")
        },
    )

    def __init__(self, *args: Any, post: Post | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.post = post
        if post:
            del self.fields["address"]

    def clean_address(self) -> str:
        address = " ".join(self.cleaned_data["address"].split())
        try:
            suggestions.work_at(address)
        except identifiers.NotAnIdentifier as error:
            raise forms.ValidationError(str(error)) from None
        return address

    @property
    def work(self) -> suggestions.Work:
        """Of the cleaned form."""
        if self.post:
            return suggestions.work_of_post(self.post)
        return suggestions.work_at(self.cleaned_data["address"])


@require_http_methods(["GET", "HEAD", "POST"])
def suggest(request: ReaderRequest) -> HttpResponse:
    """`post` names one that arrived; else `url` and `title` may fill the form."""
    post = _post(request)
    if request.method != "POST":
        return _page(request, SuggestionForm(post=post, initial=_initial(request, post)), _asked(request, post))
    form = SuggestionForm(request.POST, post=post)
    if not form.is_valid():
        return _page(request, form, None, status=422)
    work = form.work
    if suggestions.entry_of(work):
        return _page(request, form, work, status=409)
    words = {"title": form.cleaned_data["title"], "why": form.cleaned_data["why"]}
    try:
        made, is_new = suggestions.suggest(work, **words, person=request.user, now=timezone.now())
    except suggestions.SuggestionRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form, None, status=409)
    if is_new:
        messages.success(request, _("Suggested: %(title)s. The curators see it now.") % {"title": made.title})
    else:
        messages.info(
            request, _("Nothing to change: %(title)s waits for the curators already.") % {"title": made.title}
        )
    return redirect(way_back(request, reverse("curation:my_suggestions")))


@require_safe
def mine(request: ReaderRequest) -> HttpResponse:
    """What one has suggested, the latest first, and what became of it."""
    page = Paginator(Suggestion.objects.of(request.user).with_parts(), PER_PAGE).get_page(request.GET.get("page"))
    lines = [(row, _visible(row.entry, request)) for row in page.object_list]
    return render(request, "curation/my_suggestions.html", {"page": page, "lines": lines})


# --------------------------------------------------------------------- parts


def _post(request: ReaderRequest) -> Post | None:
    query = request.POST if request.method == "POST" else request.GET
    pk = query.get("post")
    if not pk:
        return None
    number = int(pk) if pk.isascii() and pk.isdecimal() and len(pk) < len(str(LARGEST_ID)) else 0
    return get_object_or_404(inbox.readable().defer("body"), pk=number)


def _initial(request: ReaderRequest, post: Post | None) -> dict[str, str]:
    address = request.GET.get("url", "")[:LONGEST_ADDRESS]
    title = str(post) if post else request.GET.get("title", "")
    return {"address": address, "title": title[:TITLE_LENGTH], "why": request.GET.get("why", "")[:1000]}


def _asked(request: ReaderRequest, post: Post | None) -> suggestions.Work | None:
    """The work that the address of the page names, where it names one."""
    if post:
        return suggestions.work_of_post(post)
    try:
        return suggestions.work_at(request.GET.get("url", "")[:LONGEST_ADDRESS].replace("\x00", ""))
    except identifiers.NotAnIdentifier:
        return None


def _page(
    request: ReaderRequest, form: SuggestionForm, work: suggestions.Work | None, *, status: int = 200
) -> HttpResponse:
    """The form, unless the work is here already or waits for the curators."""
    latest = suggestions.latest_of(work) if work else None
    context = {
        "form": form,
        "post": form.post,
        "entry": suggestions.entry_of(work) if work else None,
        "latest": latest,
        "is_open": latest is not None and latest.state == Suggestion.State.OPEN,
        "is_mine": latest is not None and latest.person_id == request.user.pk,
        "next": way_back(request, reverse("reading:post", args=[form.post.pk]) if form.post else ""),
    }
    return render(request, "curation/suggest.html", context, status=status)


def _visible(entry: Entry | None, request: ReaderRequest) -> Entry | None:
    return entry if if_visible(entry, request.user) else None
