"""The curators' pages of what readers suggest: all of it, and one at a time to be judged."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
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
from readinglist.catalog.models import Entry
from readinglist.curation import suggestions
from readinglist.curation.models import Suggestion
from readinglist.reading.forms import LARGEST_ID
from readinglist.reading.views.pages import PER_PAGE

MOST_CANDIDATES = 5


class DeclineForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("Why not"),
        help_text=gettext_lazy("Whoever suggested it reads this."),
        max_length=500,
        error_messages={
            "required": gettext_lazy("Say in a word why not, for whoever suggested it."),
            "max_length": gettext_lazy("There is room for %(limit_value)d characters; this is %(show_value)d."),
        },
    )


@require_safe
@permission_required("catalog.change_entry", raise_exception=True)
def suggested(request: ReaderRequest) -> HttpResponse:
    """Those that wait, the oldest first; with `state=judged` the others, the latest first."""
    is_judged = request.GET.get("state") == "judged"
    rows = Suggestion.objects.with_parts()
    rows = rows.exclude(state=Suggestion.State.OPEN) if is_judged else rows.open().order_by("pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "curation/suggestions.html", {"page": page, "is_judged": is_judged})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("catalog.change_entry", raise_exception=True)
def judge(request: ReaderRequest, pk: int) -> HttpResponse:
    """`action`: accept, with the `entry` that it became; or decline, with an `answer`."""
    row = get_object_or_404(Suggestion.objects.with_parts(), pk=pk)
    if request.method != "POST":
        return _page(request, row, DeclineForm())
    now = timezone.now()
    if request.POST.get("action") == "accept":
        entry = _entry(request.POST.get("entry", ""))
        if entry is None:
            messages.error(request, _("That entry is not here any more. Choose another, or add the work."))
            return redirect("curation:judge", pk)
        is_new = suggestions.accept(row, entry, by=request.user, now=now)
        return _answer(request, row, _("Accepted: %(title)s.") if is_new else "")
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, status=422)
    is_new = suggestions.decline(row, form.cleaned_data["answer"], by=request.user, now=now)
    return _answer(request, row, _("Declined: %(title)s.") if is_new else "")


# --------------------------------------------------------------------- parts


def _page(request: ReaderRequest, row: Suggestion, form: DeclineForm, *, status: int = 200) -> HttpResponse:
    """`entry` in the address is what was just added; besides, what the catalogue has under its key or address."""
    candidates = list(suggestions.entries_of(_work(row))[:MOST_CANDIDATES])
    added = _entry(request.GET.get("entry", ""))
    if added and added not in candidates:
        candidates.insert(0, added)
    context = {"suggestion": row, "form": form, "candidates": candidates, "add": _address_to_add(row)}
    return render(request, "curation/suggestion.html", context, status=status)


def _work(row: Suggestion) -> suggestions.Work:
    return suggestions.Work(row.key, row.url, row.title, row.post)


def _address_to_add(row: Suggestion) -> str:
    """The admin's form with what is known filled in; it leads back here with the entry."""
    kind = row.key.partition(":")[0]
    fields: dict[str, Any] = {
        "title": row.title,
        "url": identifiers.url_of(row.key) if kind in ("arxiv", "doi", "isbn") else row.url,
        "year": _year(row.post.published_at) if row.post else "",
        "next": reverse("curation:judge", args=[row.pk]),
    }
    filled = {name: value for name, value in fields.items() if value}
    return f"{reverse('admin:catalog_entry_add')}?{urlencode(filled)}"


def _year(published_at: datetime | None) -> int | None:
    return timezone.localdate(published_at).year if published_at else None


def _entry(pk: str) -> Entry | None:
    try:
        number = forms.IntegerField(min_value=1, max_value=LARGEST_ID).clean(pk)
    except ValidationError:
        return None
    return Entry.objects.filter(pk=number).defer("search").first()


def _answer(request: ReaderRequest, row: Suggestion, said: str) -> HttpResponse:
    """On to those that wait; `said` is empty where somebody else had judged it."""
    if said:
        messages.success(request, said % {"title": row.title})
    else:
        messages.info(request, _("Nothing to change: %(title)s was judged already.") % {"title": row.title})
    return redirect("curation:suggestions")
