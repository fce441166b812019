"""Every address of the instance: the rooms' own urls.py, put together."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

# The admin's own sign-in page would go round allauth's rate limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("readinglist.reading.urls")),
    path("", include("readinglist.curation.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
]
