"""The admin's site: for a reader who is signed in it is forbidden, not a place to sign in once more."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse


class ReadinglistAdmin(AdminSite):
    """Asks who comes by allauth: its sign-in page is limited, the admin's own would go round that."""

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        return _secured(super().admin_view(view, cacheable))

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response: HttpResponse = _secured(super().login)(request, extra_context)
        return response


class ReadinglistAdminConfig(AdminConfig):
    default_site = "readinglist.admin_site.ReadinglistAdmin"


def _secured(view: Callable[..., Any]) -> Callable[..., Any]:
    from allauth.account.decorators import secure_admin_login  # needs the models, which this module comes before

    secured: Callable[..., Any] = secure_admin_login(view)
    return secured
