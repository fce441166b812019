"""Signing in and out, and the person's own pages; of allauth's addresses only those that are used here."""

from allauth.account import views as allauth_views
from django.urls import include, path, re_path

from accounts.views import door, links, preferences

own = [
    path("settings/", preferences.settings, name="settings"),
    path("link/", links.link, name="use_link"),
    path("link/<str:token>/", links.link, name="link"),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    path("login/", door.SignInView.as_view(), name="account_login"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("signup/", door.sign_up, name="account_signup"),
    path("password/change/", door.ChangePasswordView.as_view(), name="account_change_password"),
    path("password/set/", door.SetPasswordView.as_view(), name="account_set_password"),
    path("password/reset/", door.RequestPasswordView.as_view(), name="account_reset_password"),
    path("password/reset/done/", allauth_views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        door.NewPasswordView.as_view(),
        name="account_reset_password_from_key",
    ),
]
