"""The first visit: three questions, each of which may be skipped. No page is barred meanwhile."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.preferences import BudgetForm, ZoneForm
from accounts.models import User, default_zone
from accounts.requests import ReaderRequest
from readinglist.reading import paths
from readinglist.week import beginning
from readinglist.week.welcome_forms import BeginForm


@require_safe
def welcome(request: ReaderRequest) -> HttpResponse:
    return redirect("week:welcome_zone")


@require_http_methods(["GET", "HEAD", "POST"])
def zone(request: ReaderRequest) -> HttpResponse:
    # A copy of their own: a zone that is none shall not rule the page that says so.
    user = User.objects.get(pk=request.user.pk)
    form = ZoneForm(request.POST if request.method == "POST" else None, instance=user)
    if form.is_valid():
        form.save(commit=False).save(update_fields=["zone"])
        return redirect("week:welcome_budget")
    is_unasked = not form.is_bound and user.welcomed_at is None and user.zone == default_zone()
    return render(
        request, "week/welcome_zone.html", {"step": 1, "form": form, "guesses": is_unasked}, status=_status(form)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def budget(request: ReaderRequest) -> HttpResponse:
    form = BudgetForm(request.POST if request.method == "POST" else None, current=request.user.weekly_minutes)
    if form.is_valid():
        User.objects.filter(pk=request.user.pk).update(weekly_minutes=form.weekly_minutes)
        return redirect("week:welcome_follow")
    return render(request, "week/welcome_budget.html", {"step": 2, "form": form}, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: ReaderRequest) -> HttpResponse:
    """What to read and to follow; the last question, so that answering it ends the first visit."""
    sources = list(beginning.sources_for(request.user))
    form = BeginForm(
        request.POST if request.method == "POST" else None,
        way=paths.path_of(request.user),
        sources=sources,
        is_first_visit=request.user.welcomed_at is None,
    )
    if form.is_valid():
        beginning.begin(form.chosen_lists, form.cleaned_data["sources"], user=request.user, now=timezone.now())
        return _leave(request)
    followed = sum(source.is_followed for source in sources)  # type: ignore[attr-defined] # of sources_for
    return render(
        request, "week/welcome_follow.html", {"step": 3, "form": form, "followed": followed}, status=_status(form)
    )


@require_POST
def end(request: ReaderRequest) -> HttpResponse:
    """Whatever is left is skipped."""
    beginning.end(request.user, now=timezone.now())
    return _leave(request)


def _leave(request: ReaderRequest) -> HttpResponse:
    messages.success(request, _("That is all. You can change each of the answers in your settings."))
    return redirect("reading:home")


def _status(form: ZoneForm | BudgetForm | BeginForm) -> int:
    return 422 if form.is_bound else 200
