"""The curators' pages."""

from django.urls import path

from readinglist.curation import finding, views

app_name = "curation"
urlpatterns = [
    path("curation/", views.home, name="home"),
    path("curation/feeds/", views.feed_list, name="feeds"),
    path("curation/feeds/find/", finding.find, name="find"),
    path("curation/feeds/add/", finding.add, name="add_feed"),
    path("curation/feeds/<int:pk>/", views.feed, name="feed"),
    path("curation/feeds/<int:pk>/fetch/", views.fetch_now, name="fetch_now"),
]
