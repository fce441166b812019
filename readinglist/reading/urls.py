"""The reader's pages."""

from django.urls import path

from readinglist.reading.views import canon, catalogue, entry, following, inbox, posts

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
    path("inbox/", inbox.show, name="inbox"),
    path("inbox/read-up-to/", inbox.read_up_to, name="read_up_to"),
    path("inbox/undo/", inbox.undo, name="undo"),
    path("inbox/follow/", following.follow_stream, name="follow_stream"),
    path("posts/<int:pk>/", posts.post, name="post"),
    path("posts/<int:pk>/mark/", posts.mark_post, name="mark_post"),
    path("sources/", catalogue.sources, name="sources"),
    path("sources/<slug:slug>/", catalogue.source, name="source"),
    path("sources/<slug:slug>/follow/", following.follow, name="follow"),
    path("sources/<slug:slug>/looked/", following.looked, name="looked"),
    path("search/", catalogue.find, name="search"),
]
