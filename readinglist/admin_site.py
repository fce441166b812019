"""The admin's site: for a reader who is signed in it is forbidden, not a place to sign in once more."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.exceptions import DisallowedModelAdminToField
from django.contrib.admin.options import TO_FIELD_VAR
from django.core.exceptions import SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

LONGEST_NAME = 200  # of a row in an address


class ReadinglistAdmin(AdminSite):
    """Has no door of its own: allauth's is limited, and the admin's own would go round that. Nor has it passwords."""

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        return _secured(super().admin_view(_asked_sensibly(view), cacheable))

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """No form: who is signed in as a curator could try the passwords of admins there."""
        response: HttpResponse = _secured(lambda request: redirect("admin:index"))(request)
        return response

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("accounts:security")


class ReadinglistAdminConfig(AdminConfig):
    default_site = "readinglist.admin_site.ReadinglistAdmin"


def _asked_sensibly(view: Callable[..., Any]) -> Callable[..., Any]:
    """What is written into an address by hand is a bad request, and no fault of ours: Django looks rows up by a number
    beyond all numbers and by a field without a name, and has PostgreSQL look for values and patterns that are none.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if any(len(str(named)) > LONGEST_NAME for named in (*args, *kwargs.values())):
            raise Http404
        if "" in (request.GET.get(TO_FIELD_VAR), request.POST.get(TO_FIELD_VAR)):
            raise DisallowedModelAdminToField
        try:
            return view(request, *args, **kwargs)
        except DataError as error:
            raise SuspiciousOperation(str(error)) from error

    return guarded


def _secured(view: Callable[..., Any]) -> Callable[..., Any]:
    from allauth.account.decorators import secure_admin_login  # needs the models, which this module comes before

    secured: Callable[..., Any] = secure_admin_login(view)
    return secured
