"""`/healthz`: 200 with JSON once the database and Redis answer, 503 until then."""

import logging
from collections.abc import Callable
from typing import cast

from django.core.cache import caches
from django.db import connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from readinglist.cache import SharedCache

logger = logging.getLogger(__name__)
PATH = "/healthz"


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_redis() -> None:
    cast(SharedCache, caches["default"]).ping()


PARTS: dict[str, Callable[[], None]] = {"database": _ask_database, "redis": _ask_redis}


def look() -> dict[str, bool]:
    """Which parts answer. What is wrong goes to the log: the page is open to everybody."""
    answers = {}
    for name, ask in PARTS.items():
        try:
            ask()
            answers[name] = True
        except Exception as error:  # Whatever the driver raises means the same here: it does not answer.
            logger.error("The %s does not answer: %r", name, error)
            answers[name] = False
    return answers


class HealthMiddleware:
    """Stands first, so that a probe needs neither the right Host nor https nor a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path != PATH:
            return self.get_response(request)
        answers = look()
        well = all(answers.values())
        body = {
            "status": "ok" if well else "unavailable",
            **{k: "ok" if v else "no answer" for k, v in answers.items()},
        }
        return JsonResponse(body, status=200 if well else 503, headers={"Cache-Control": "no-store"})
