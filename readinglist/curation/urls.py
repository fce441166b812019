"""The curators' pages, and the readers' for what they suggest to them."""

from django.urls import path

from readinglist.curation import finding, judging, styleguide, suggesting, views

app_name = "curation"
urlpatterns = [
    path("suggest/", suggesting.suggest, name="suggest"),
    path("suggestions/", suggesting.mine, name="my_suggestions"),
    path("curation/", views.home, name="home"),
    path("curation/suggestions/", judging.suggested, name="suggestions"),
    path("curation/suggestions/<int:pk>/", judging.judge, name="judge"),
    path("curation/feeds/", views.feed_list, name="feeds"),
    path("curation/feeds/find/", finding.find, name="find"),
    path("curation/feeds/add/", finding.add, name="add_feed"),
    path("curation/feeds/<int:pk>/", views.feed, name="feed"),
    path("curation/feeds/<int:pk>/fetch/", views.fetch_now, name="fetch_now"),
    path("styleguide/", styleguide.guide, name="styleguide"),
    path("styleguide/<slug:name>/", styleguide.problem, name="styleguide_problem"),
]
