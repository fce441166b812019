"""What a reader does with a work: stage, percent or page, and time."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import ReaderRequest
from readinglist.catalog.models import Entry
from readinglist.reading import stages, timing
from readinglist.reading.forms import LARGEST_ID, MinutesForm, PageForm, PercentForm
from readinglist.reading.models import Stage
from readinglist.reading.views.entry import show, show_progress, visible
from readinglist.reading.views.pages import way_back


@require_POST
def set_stage(request: ReaderRequest, slug: str) -> HttpResponse:
    """`stage`: one of the four, or empty for unread."""
    work = visible(request.user, slug)
    try:
        change = stages.set_stage(work, request.POST.get("stage", ""), user=request.user, now=timezone.now())
    except stages.StageRefused as refusal:
        return _refuse(request, work, str(refusal))
    return _answer(request, work, _settle(request, work, change))


@require_POST
def set_percent(request: ReaderRequest, slug: str) -> HttpResponse:
    """`percent`, or `page` of `pages`."""
    work = visible(request.user, slug)
    if "page" in request.POST:
        by_page = PageForm(request.POST)
        if not by_page.is_valid():
            return _refuse(request, work, "", page_form=by_page)
        change = stages.turn_to(work, **by_page.cleaned_data, user=request.user, now=timezone.now())
    else:
        form = PercentForm(request.POST)
        if not form.is_valid():
            return _refuse(request, work, "", percent_form=form)
        change = stages.set_percent(work, form.cleaned_data["percent"], user=request.user, now=timezone.now())
    return _answer(request, work, _settle(request, work, change))


@require_POST
def set_timer(request: ReaderRequest, slug: str) -> HttpResponse:
    """`action`: start; stop, with the `minutes` it was where it was forgotten; or discard. `timer` names which."""
    work = visible(request.user, slug)
    actions: dict[str, Callable[[ReaderRequest, Entry], str]] = {"start": _start, "stop": _stop, "discard": _discard}
    action = actions.get(request.POST.get("action", ""))
    if action is None:
        return _refuse(request, work, _("There is no such button. Load the page anew and try again."))
    form = MinutesForm(request.POST)
    if "minutes" in request.POST and action is _stop and not form.is_valid():
        return _refuse(request, work, "", forgotten_form=form)
    try:
        return _answer(request, work, action(request, work))
    except timing.TimeRefused as refusal:
        return _refuse(request, work, str(refusal), forgotten_form=form if "minutes" in request.POST else None)


@require_POST
def add_minutes(request: ReaderRequest, slug: str) -> HttpResponse:
    """`minutes` that were typed in, `after` the last ones that the page knew of."""
    work = visible(request.user, slug)
    form = MinutesForm(request.POST)
    if not form.is_valid():
        return _refuse(request, work, "", minutes_form=form)
    minutes = form.cleaned_data["minutes"]
    try:
        timing.add(work, minutes, after=_number(request, "after"), user=request.user, now=timezone.now())
    except timing.TimeRefused as refusal:
        return _refuse(request, work, str(refusal), minutes_form=form)
    return _answer(request, work, timing.Noted(work.pk, work.title, minutes).sentence)


# -------------------------------------------------------------------- timers


def _start(request: ReaderRequest, work: Entry) -> str:
    started = timing.start(work, user=request.user, now=timezone.now())
    if not started.is_new:
        return _("The timer runs already.")
    if started.before is None:
        return _("The timer runs. You can close this page.")
    return _("The timer runs here now. %(title)s: %(noted)s") % {
        "title": started.before.title,
        "noted": started.before.sentence,
    }


def _stop(request: ReaderRequest, work: Entry) -> str:
    form = MinutesForm(request.POST)
    minutes = form.cleaned_data["minutes"] if form.is_valid() else None
    noted = timing.stop(_number(request, "timer"), user=request.user, now=timezone.now(), minutes=minutes)
    return noted.sentence


def _discard(request: ReaderRequest, work: Entry) -> str:
    timing.discard(_number(request, "timer"), user=request.user)
    return _("The timer is off, and nothing is noted.")


def _number(request: ReaderRequest, name: str) -> int:
    """The key that a form repeats; 0, which no row has, where it is none."""
    try:
        return int(forms.IntegerField(min_value=0, max_value=LARGEST_ID).clean(request.POST.get(name, "")))
    except ValidationError:
        return 0


# ------------------------------------------------------------------- answers


def _settle(request: ReaderRequest, work: Entry, change: stages.Change) -> str:
    """Stops the timer of a work that is finished now; says what was done."""
    sentence = _said(change)
    if change.after.stage == Stage.READ and change.is_new:
        noted = timing.stop_with(work, user=request.user, now=timezone.now())
        return f"{sentence} {noted.sentence}" if noted and noted.minutes else sentence
    return sentence


def _said(change: stages.Change) -> str:
    """What an action did, for a live region and for the message of the page."""
    said: dict[str, str] = {
        Stage.QUEUED: _("Queued."),
        Stage.READING: _("You are reading it, %(percent)s per cent so far.") % {"percent": change.after.percent}
        if change.after.percent
        else _("You are reading it."),
        Stage.READ: _("Marked as read."),
        Stage.SKIPPED: _("Skipped."),
    }
    return said.get(change.after.stage, _("Marked as unread."))


def _answer(request: ReaderRequest, work: Entry, said: str) -> HttpResponse:
    """The changed box for htmx; for all others the page they came from, with a message."""
    if request.htmx:
        return show_progress(request, work, said=said)
    messages.success(request, said)
    return redirect(way_back(request, work.get_absolute_url()))


def _refuse(request: ReaderRequest, work: Entry, refusal: str, **shown: Any) -> HttpResponse:
    """The same with what was wrong; nothing has changed and what was typed is kept."""
    if request.htmx:
        return show_progress(request, work, refusal=refusal, **shown)
    return show(request, work.slug, status=422, refusal=refusal, **shown)
