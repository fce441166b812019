"""Every address of the instance: the rooms' own urls.py, put together."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("readinglist.reading.urls")),
    path("", include("readinglist.week.urls")),
    path("", include("readinglist.curation.urls")),
    path("mail/", include("readinglist.reminders.urls")),
    path("", include("readinglist.operations.urls")),
    path("accounts/", include("accounts.urls")),
    path("people/", include("accounts.people_urls")),
    path("admin/", admin.site.urls),
]
