"""A person's own data: all of it out, in, and gone."""

from django.urls import path

from readinglist.operations.views import deleting, my_data

app_name = "operations"
urlpatterns = [
    path("me/data/", my_data.my_data, name="my_data"),
    path("me/data/download/", my_data.download, name="download"),
    path("me/data/upload/", my_data.upload, name="upload"),
    path("me/data/import/", my_data.my_upload, name="my_upload"),
    path("me/data/left/", my_data.left, name="left"),
    path("me/data/forget/", my_data.forget, name="forget"),
    path("me/delete/", deleting.delete, name="delete"),
    path("me/deleted/", deleting.deleted, name="deleted"),
]
