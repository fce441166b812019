"""How the admin writes rows that others may write too: read anew under a lock, and nothing half saved."""

import logging
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)

OVERTAKEN = _(
    "Somebody else has changed this in the meantime, so nothing is saved yet."
    " What you typed is still here: look it over and save it again."
)


class LockedAdmin(admin.ModelAdmin):
    """Each form is filled from rows that nobody else can write until it is saved.

    Without it a form would write back the columns that it does not show as they were before another's change.
    """

    def lock(self, **which: Any) -> None:
        """Keeps these rows, and what else is read before writing them, to the end of the transaction."""
        rows = self.model._default_manager.select_for_update(no_key=True).filter(**which).order_by("pk")
        list(rows.values_list("pk"))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            return self._write(request, object_id, form_url, extra_context)
        except IntegrityError:
            logger.warning("A form of the admin was overtaken by another change", exc_info=True)
            request.was_overtaken = True  # type: ignore[attr-defined]
            return self._write(request, object_id, form_url, extra_context)

    @transaction.atomic
    def _write(self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: Any) -> HttpResponse:
        text = unquote(object_id or "")
        self.lock(pk=int(text) if text.isdecimal() else None)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        if getattr(request, "was_overtaken", False):
            return type(form)(form.__name__, (_Overtaken, form), {})
        return form

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method != "POST" or "_save" not in request.POST:
            return super().changelist_view(request, extra_context)
        with transaction.atomic():
            self.lock()
            return super().changelist_view(request, extra_context)


class _Overtaken:
    """A form that is shown again, with what is wrong with it now."""

    def clean(self) -> Any:
        cleaned = super().clean()  # type: ignore[misc]
        self.add_error(None, OVERTAKEN)  # type: ignore[attr-defined]
        return cleaned
