"""Signing in and out, and the person's own pages; of allauth's addresses only those that are used here."""

from allauth.account import views as allauth_views
from django.urls import include, path, re_path

from accounts.views import addresses, door, factors, joining, links, preferences, providers, security, signup

own = [
    path("settings/", preferences.settings, name="settings"),
    path("security/", security.security, name="security"),
    path("security/sessions/end/", security.end_other_sessions, name="end_other_sessions"),
    path("security/sessions/<int:pk>/end/", security.end_session, name="end_session"),
    path("people/<int:pk>/second-factor/", factors.take_away, name="take_away_second_factor"),
    path("link/", links.link, name="use_link"),
    path("link/<str:token>/", links.link, name="link"),
    path("signup/sent/", signup.sent, name="signup_sent"),
    path("signup/join/", signup.join, name="use_join_here"),
    path("signup/<str:token>/", signup.join, name="join_here"),
    path("email/", addresses.ask, name="email"),
    path("email/<str:token>/", addresses.change, name="change_email"),
    path("oidc/", providers.go, {"provider": "openid_connect"}, name="oidc"),
    path("oidc/callback/", providers.back, {"provider": "openid_connect"}, name="oidc_callback"),
    path("github/", providers.go, {"provider": "github"}, name="github"),
    path("github/callback/", providers.back, {"provider": "github"}, name="github_callback"),
    path("connected/<int:pk>/disconnect/", providers.disconnect, name="disconnect"),
    path("join/", joining.join, name="joining"),
    path("join/<str:token>/", joining.arrive, name="join"),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    path("login/", door.SignInView.as_view(), name="account_login"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("signup/", signup.sign_up, name="account_signup"),
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
    # second factors
    path("login/second-factor/", factors.SecondFactorView.as_view(), name="mfa_authenticate"),
    path("login/passkey/", factors.SignInWithPasskeyView.as_view(), name="mfa_login_webauthn"),
    path("confirm/", factors.ConfirmByPasswordView.as_view(), name="account_reauthenticate"),
    path("confirm/code/", factors.ConfirmByCodeView.as_view(), name="mfa_reauthenticate"),
    path("confirm/passkey/", factors.ConfirmByPasskeyView.as_view(), name="mfa_reauthenticate_webauthn"),
    path("security/app/", factors.SetUpAppView.as_view(), name="mfa_activate_totp"),
    path("security/app/remove/", factors.RemoveAppView.as_view(), name="mfa_deactivate_totp"),
    path("security/passkeys/add/", factors.AddPasskeyView.as_view(), name="mfa_add_webauthn"),
    path("security/passkeys/<int:pk>/", factors.NamePasskeyView.as_view(), name="mfa_edit_webauthn"),
    path("security/passkeys/<int:pk>/remove/", factors.RemovePasskeyView.as_view(), name="mfa_remove_webauthn"),
    path("security/codes/", factors.RecoveryCodesView.as_view(), name="mfa_view_recovery_codes"),
    path("security/codes/new/", factors.NewRecoveryCodesView.as_view(), name="mfa_generate_recovery_codes"),
]
