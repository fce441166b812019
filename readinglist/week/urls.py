"""What a week begins with."""

from django.urls import path

from readinglist.week.views import leaving, welcome

app_name = "week"
urlpatterns = [
    path("welcome/", welcome.welcome, name="welcome"),
    path("welcome/zone/", welcome.zone, name="welcome_zone"),
    path("welcome/budget/", welcome.budget, name="welcome_budget"),
    path("welcome/follow/", welcome.follow, name="welcome_follow"),
    path("welcome/end/", welcome.end, name="welcome_end"),
    path("people/<int:pk>/leaving/", leaving.leave, name="leaving"),
    path("people/<int:pk>/leaving/back/", leaving.come_back, name="come_back"),
    path("people/<int:pk>/leaving/delete/", leaving.delete, name="delete_person"),
]
