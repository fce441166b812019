"""Turning the weekly mail off, as mail programs and people do it: by a link, signed in or not."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from readinglist.reminders import unsubscribing


@login_not_required
# Mail providers post here themselves (RFC 8058), without cookies: the signed token is the proof, and allows this alone.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Asks, and on POST turns the mail off. Looking changes nothing, for scanners of mail follow links too."""
    user = unsubscribing.user_of(token)
    if user is None:
        return render(request, "reminders/unsubscribe_unknown.html", status=404)
    if request.method == "POST":
        unsubscribing.turn_off(user)
    elif user.wants_reminder:
        return render(request, "reminders/unsubscribe.html")
    return render(request, "reminders/unsubscribed.html")
