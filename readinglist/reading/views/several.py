"""One stage for several works of a page: `?several` puts a tick before each line, and the buttons under them."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.requests import ReaderRequest
from readinglist.catalog.models import Entry
from readinglist.reading import several
from readinglist.reading.forms import LARGEST_ID
from readinglist.reading.models import Stage
from readinglist.reading.stages import State
from readinglist.reading.views import undoing
from readinglist.reading.views.pages import way_back

KIND = "several"  # of what can be undone
MOST = 500  # works at once


def choosing(request: ReaderRequest) -> dict[str, Any]:
    """For a page of works: whether several are being chosen (`1`, or `all` for all ticked), and what can be undone."""
    asked = request.GET.get("several", "")
    return {
        "several": asked if asked in ("1", "all") else "",
        "offer": undoing.offered(request, now=timezone.now(), kind=KIND),
    }


@require_POST
def mark(request: ReaderRequest) -> HttpResponse:
    """`stage`: one of several.STAGES, for each `work`; with an offer to take it back."""
    page = way_back(request, reverse("reading:canon"))
    stage = request.POST.get("stage", "")
    keys = {int(typed) for typed in request.POST.getlist("work") if _is_key(typed)}
    if refusal := _refusal(stage, keys):
        messages.error(request, refusal)
        return redirect(page)
    now, back = timezone.now(), _without_ticks(page)
    works = list(Entry.objects.visible().filter(pk__in=keys))
    done = several.mark(works, stage, user=request.user, now=now)
    said = _said(done, gone=len(keys) - len(works))
    if done.before:
        undoing.offer(request, undoing.StepBack(KIND, _to_json(done), back), said=said, now=now)
    else:
        messages.info(request, said)
    return redirect(back)


def take_back(values: dict[str, Any], user: User) -> str:
    """The step back, from what was kept of it; what to say of it."""
    done = _from_json(values)
    n = several.take_back(done, user=user, now=timezone.now())
    if n == len(done.before):
        return _("Undone: the works stand as they did before.")
    changed = len(done.before) - n
    sentence = ngettext(
        "Undone, but for %(n)s work that was changed since then.",
        "Undone, but for %(n)s works that were changed since then.",
        changed,
    )
    return sentence % {"n": changed}


def _is_key(typed: str) -> bool:
    return typed.isascii() and typed.isdecimal() and len(typed) <= len(str(LARGEST_ID)) and int(typed) <= LARGEST_ID


def _refusal(stage: str, keys: set[int]) -> str:
    """Why nothing was done, and what to do; empty where all is well."""
    if stage not in several.STAGES:
        return _("There is no such button. Load the page anew and try again.")
    if not keys:
        return _("No work is ticked. Tick those that you mean, then press again.")
    if len(keys) > MOST:
        return _("That is too much for one time. Tick %(most)s works at most.") % {"most": MOST}
    return ""


def _without_ticks(page: str) -> str:
    """The address of the page as it is usually."""
    path, _mark, query = page.partition("?")
    asked = QueryDict(query, mutable=True)
    asked.pop("several", None)
    return f"{path}?{asked.urlencode()}" if asked else path


def _said(done: several.Done, *, gone: int) -> str:
    """What was done; then what was left alone, and why."""
    n = len(done.before)
    sentences = {
        Stage.READ: ngettext("%(n)s work marked as read.", "%(n)s works marked as read.", n),
        Stage.QUEUED: ngettext("%(n)s work queued.", "%(n)s works queued.", n),
        Stage.SKIPPED: ngettext("%(n)s work skipped.", "%(n)s works skipped.", n),
    }
    said = [sentences[Stage(done.stage)] % {"n": n} if n else _("Nothing to change: it stood so already.")]
    if done.kept_read:
        kept = ngettext("%(n)s has been read and stays so.", "%(n)s have been read and stay so.", done.kept_read)
        said.append(kept % {"n": done.kept_read})
    if gone:
        lost = ngettext("%(n)s is not in the catalogue any more.", "%(n)s are not in the catalogue any more.", gone)
        said.append(lost % {"n": gone})
    return " ".join(said)


# ------------------------------------------------- what stays in the session


def _to_json(done: several.Done) -> dict[str, Any]:
    """Of each state only what an unread work does not have."""
    before = {
        str(pk): {
            field: value.isoformat() if isinstance(value, datetime) else value
            for field, value in asdict(state).items()
            if value
        }
        for pk, state in done.before.items()
    }
    return {"stage": done.stage, "at": done.at.isoformat(), "before": before}


def _from_json(values: dict[str, Any]) -> several.Done:
    before = {int(pk): _state_from_json(fields) for pk, fields in values["before"].items()}
    return several.Done(values["stage"], datetime.fromisoformat(values["at"]), before, kept_read=0)


def _state_from_json(fields: dict[str, Any]) -> State:
    moments = {field: datetime.fromisoformat(at) for field, at in fields.items() if field.endswith("_at")}
    return State(**(fields | moments))
