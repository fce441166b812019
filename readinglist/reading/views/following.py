"""Follow and unfollow, one source or a whole stream, and "looked, 15 minutes"."""

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.requests import ReaderRequest
from readinglist.catalog.choices import Status, Stream
from readinglist.catalog.models import Source
from readinglist.reading import follows, inbox
from readinglist.reading.directory import line_of_source, standing_of
from readinglist.reading.models import Follow
from readinglist.reading.views import undoing
from readinglist.reading.views.pages import way_back


@require_POST
def follow(request: ReaderRequest, slug: str) -> HttpResponse:
    """`action`: follow, unfollow, mute or unmute."""
    action = request.POST.get("action")
    source = get_object_or_404(Source.objects.visible(), slug=slug)
    if action == "follow" and source.status == Status.LIVE:
        follows.follow(source, user=request.user, now=timezone.now())
        said = _("You follow %(name)s. Its newest posts are in your inbox.") % {"name": source.name}
    elif action == "unfollow":
        follows.unfollow(source, user=request.user)
        said = _("You no longer follow %(name)s. Your marks on its posts stay.") % {"name": source.name}
    elif action in ("mute", "unmute"):
        said = _mute(request.user, source, muted=action == "mute")
    else:
        raise SuspiciousOperation("There is nothing of the kind to do.")
    return _answer(request, source, said)


@require_POST
def follow_stream(request: ReaderRequest) -> HttpResponse:
    """Every source of `stream` that has a feed; with an offer to take it back."""
    now = timezone.now()
    stream = request.POST.get("stream", "")
    if stream not in Stream.values:
        raise SuspiciousOperation("There is no such stream.")
    count = follows.follow_all(Source.objects.fed().of_stream(stream), user=request.user, now=now)
    back = way_back(request, reverse("reading:inbox"))
    if not count:
        messages.info(request, _("Nothing to change: you follow all of them."))
        return redirect(back)
    said = ngettext("You follow %(n)s source more.", "You follow %(n)s sources more.", count) % {"n": count}
    new = Follow.objects.of(request.user).filter(followed_at=now)
    step = undoing.StepBack("follow_stream", {"follows": list(new.values_list("pk", flat=True))}, back)
    undoing.offer(request, step, said=said, now=now)
    return redirect(back)


@require_POST
def looked(request: ReaderRequest, slug: str) -> HttpResponse:
    """At a source that no feed brings: fifteen minutes for the log, once a day."""
    source = get_object_or_404(Source.objects.unfed(), slug=slug)
    if follows.look(source, user=request.user, now=timezone.now()):
        said = _("Noted: you looked at %(name)s for 15 minutes.") % {"name": source.name}
    else:
        said = _("Nothing to change: you looked at %(name)s today.") % {"name": source.name}
    return _answer(request, source, said)


# --------------------------------------------------------------------- parts


def undo_follow_stream(follow_ids: list[int], *, user: User) -> None:
    Follow.objects.of(user).filter(pk__in=follow_ids).delete()


def _mute(user: User, source: Source, *, muted: bool) -> str:
    if not follows.mute(source, user=user, muted=muted):
        return _("Nothing to change: that is so already, or you do not follow %(name)s.") % {"name": source.name}
    if muted:
        return _("%(name)s is muted: you follow it, and it brings nothing to your inbox.") % {"name": source.name}
    return _("%(name)s is heard again. What came meanwhile is in your inbox.") % {"name": source.name}


def _answer(request: ReaderRequest, source: Source, said: str) -> HttpResponse:
    """The source's buttons for htmx; for all others the page they came from, with a message."""
    if request.htmx:
        now = timezone.now()
        standing = standing_of(request.user)
        context = {
            "line": line_of_source(source, request.user, now=now),
            "swaps": True,
            "said": said,
            "unread": inbox.unread_count(request.user, now=now),
            "followed": standing.followed,
            "has": set(request.POST.getlist("has")),
            "stream": source.stream,
            "to_follow": standing.to_follow[source.stream],
        }
        return render(request, "reading/_followed.html", context)
    messages.success(request, said)
    return redirect(way_back(request, source.get_absolute_url()))
