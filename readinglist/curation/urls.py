"""The curators' pages."""

from django.urls import path

from readinglist.curation import views

app_name = "curation"
urlpatterns = [
    path("curation/", views.home, name="home"),
]
