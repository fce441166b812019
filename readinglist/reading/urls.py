"""The reader's pages."""

from django.urls import path

from readinglist.reading.views import canon, catalogue, entry

app_name = "reading"
urlpatterns = [
    path("", canon.home, name="home"),
    path("canon/", canon.canon, name="canon"),
    path("lists/<slug:slug>/", canon.reading_list, name="list"),
    path("categories/<slug:slug>/", canon.category, name="category"),
    path("entries/", catalogue.entries, name="entries"),
    path("entries/<slug:slug>/", entry.entry, name="entry"),
    path("entries/<slug:slug>/stage/", entry.set_stage, name="set_stage"),
    path("entries/<slug:slug>/percent/", entry.set_percent, name="set_percent"),
    path("entries/<slug:slug>/notes/", entry.add_note, name="add_note"),
    path("entries/<slug:slug>/notes/<int:pk>/", entry.edit_note, name="edit_note"),
    path("entries/<slug:slug>/notes/<int:pk>/delete/", entry.delete_note, name="delete_note"),
    path("sources/", catalogue.sources, name="sources"),
    path("sources/<slug:slug>/", catalogue.source, name="source"),
    path("search/", catalogue.find, name="search"),
]
