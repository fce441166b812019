"""What the links in mails lead to."""

from django.urls import path

from readinglist.reminders import views

app_name = "reminders"
urlpatterns = [
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
