"""The curators' pages."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from readinglist.curation import unfinished


@require_safe
@permission_required("catalog.change_entry", raise_exception=True)
def home(request: HttpRequest) -> HttpResponse:
    """What is unfinished, and what was changed last."""
    context = {"sections": unfinished.sections(), "changes": unfinished.latest_changes()}
    return render(request, "curation/home.html", context)
