"""Settings, read from the environment once and strictly. `.env.example` lists every variable."""

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from readinglist import embedded
from readinglist.environment import (
    all_or_none,
    read_choice,
    read_choices,
    read_database,
    read_domains,
    read_hosts,
    read_int,
    read_issuer,
    read_mail,
    read_redis,
    read_sender,
    read_site,
    read_text,
    read_zone,
)

BASE_DIR = Path(__file__).resolve().parent.parent

environ.Env.read_env(BASE_DIR / ".env")


def _secret_key(home: Path) -> str:
    """SECRET_KEY, or one that is made once under the instance's home."""
    if given := read_text("SECRET_KEY"):
        return given
    path = home / "secret-key"
    try:
        return path.read_text()
    except FileNotFoundError:
        pass
    embedded.make_home()
    # Written aside and linked: other processes see no key or the whole one, and the first key wins.
    descriptor, aside = tempfile.mkstemp(dir=home)
    with os.fdopen(descriptor, "w") as file:
        file.write(get_random_secret_key())
    with contextlib.suppress(FileExistsError):
        os.link(aside, path)
    Path(aside).unlink()
    return path.read_text()


# ----------------------------------------------------------------- the place
READINGLIST_HOME = embedded.home()
# Beside a running `make run`, commands name the port that it serves.
PORT = read_int("PORT", embedded.running_port() or 8000, lowest=1, highest=65535)
_site = read_site("SITE_URL", f"http://localhost:{PORT}")
SITE_URL = _site.geturl()
SECRET_KEY = _secret_key(READINGLIST_HOME)
DEBUG = False

_host = _site.netloc if _site.port is None else _site.netloc.removesuffix(f":{_site.port}")
_LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = _LOCAL_HOSTS if _host in _LOCAL_HOSTS else [_host]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --------------------------------------------------------------------- rooms
INSTALLED_APPS = [
    "accounts",
    "readinglist.catalog",
    "feeds",
    "readinglist.reading",
    "readinglist.week",
    "readinglist.curation",
    "readinglist.reminders",
    "readinglist.api",
    "readinglist.operations",
    "readinglist.admin_site.ReadinglistAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "readinglist.static_files.CollectedConfig",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",  # its templates
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "simple_history",
]

MIDDLEWARE = [
    "readinglist.operations.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "readinglist.private_pages.PrivatePagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "readinglist.bounds.LargestBodyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.security_middleware.RequiredFactorMiddleware",
    "accounts.security_middleware.LastSeenMiddleware",
    "accounts.middleware.ReaderMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "readinglist.urls"
WSGI_APPLICATION = "readinglist.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --------------------------------------------------------- database and Redis


def _database() -> dict[str, Any]:
    """DATABASE_URL, or the embedded server's socket."""
    if embedded.uses_postgres():
        database: dict[str, Any] = dict(embedded.database())
    else:
        database = read_database("DATABASE_URL", password=read_text("DATABASE_PASSWORD"))
    # A pool only where threads share it: Celery would rebuild it around every task.
    pool_size = read_int("DATABASE_POOL_SIZE", 0, lowest=0, highest=100)
    if pool_size:
        pool = {"min_size": 1, "max_size": pool_size, "timeout": 5}
        database.setdefault("OPTIONS", {})["pool"] = pool
    return database | {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}


def _redis_urls() -> tuple[str, str]:
    """Addresses for Celery and for the cache, which stay in two numbered databases: clearing one spares the other."""
    if embedded.uses_redis():
        return embedded.broker_url(), embedded.cache_url()
    broker, number = read_redis("REDIS_URL")
    return broker.geturl(), broker._replace(path=f"/{number + 1}").geturl()


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CELERY_BROKER_URL, _cache_url = _redis_urls()
CACHES = {
    "default": {
        "BACKEND": "readinglist.cache.SharedCache",
        "LOCATION": _cache_url,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 15 * 60
CELERY_TASK_SOFT_TIME_LIMIT = 14 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
WORKER_HEARTBEAT = read_text("WORKER_HEARTBEAT")
CELERY_BEAT_SCHEDULE_FILENAME = str(READINGLIST_HOME / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "forget-expired": {"task": "accounts.tasks.forget_expired", "schedule": 24 * 60 * 60},
    "forget-uploads": {"task": "readinglist.operations.tasks.forget_uploads", "schedule": 24 * 60 * 60},
    "visit-due-feeds": {"task": "feeds.tasks.visit_due", "schedule": 60, "options": {"expires": 60}},
    "index-posts": {"task": "feeds.tasks.index_posts", "schedule": 60, "options": {"expires": 60}},
    "index-missed-posts": {"task": "feeds.tasks.index_missed", "schedule": 60 * 60, "options": {"expires": 60 * 60}},
    "trim-fetches": {"task": "feeds.tasks.trim_fetches", "schedule": 24 * 60 * 60},
    "send-invitations": {"task": "accounts.tasks.send_invitations", "schedule": 5 * 60, "options": {"expires": 5 * 60}},
    "send-due-reminders": {
        "task": "readinglist.reminders.tasks.send_due",
        "schedule": 5 * 60,
        "options": {"expires": 5 * 60},
    },
}

# --------------------------------------------------------------------- feeds
FETCH_ALLOW_HOSTS = read_hosts("FETCH_ALLOW_HOSTS")

# -------------------------------------------------------------------- people
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "accounts.backends.AddressBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["name", "email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "reading:home"
ACCOUNT_ADAPTER = "accounts.adapter.InstanceAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # whoever is here has proven their address (accounts/addresses.py)
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
# allauth's own generator writes EmailAddress rows, through which an address that was corrected could reset a password.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 - no password
# Behind a proxy the client's address stands in X-Forwarded-For; else everybody would share one rate limit.
ALLAUTH_TRUSTED_PROXY_COUNT = read_int("TRUSTED_PROXY_COUNT", 0, lowest=0, highest=10)
# In the database alone: with Redis away, people who are signed in read on.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60
SIGN_IN_LINK_HOURS = 24
MAILED_LINK_HOURS = 24  # to sign up, and to change one's address

SIGNUP = read_choice("SIGNUP", "invite", ("invite", "domain", "open"))
SIGNUP_DOMAINS = read_domains("SIGNUP_DOMAINS")
if (SIGNUP == "domain") != bool(SIGNUP_DOMAINS):
    raise ImproperlyConfigured("The environment variables SIGNUP=domain and SIGNUP_DOMAINS belong together.")
# Beside allauth's own: what sends a mail to an address that somebody typed, and what asks a provider.
ACCOUNT_RATE_LIMITS = {
    "my_data": "20/h/user",  # whole downloads, files brought along
    "signup": "20/m/ip",
    "join": "20/m/ip",
    "signup_mail": "5/15m/key",
    "reset_password": "20/m/ip,5/15m/key",
    "change_email": "10/h/user",
    "provider": "20/m/ip",
}


def _providers() -> dict[str, Any]:
    """Whose accounts sign in here, as allauth reads them."""
    providers: dict[str, Any] = {}
    issuer = read_issuer("OIDC_ISSUER")
    client, secret = read_text("OIDC_CLIENT_ID"), read_text("OIDC_CLIENT_SECRET")
    name = read_text("OIDC_NAME", urlsplit(issuer).hostname or "")
    if all_or_none({"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": client, "OIDC_CLIENT_SECRET": secret}):
        # Who somebody is there means something only with the issuer: connections are kept under its address.
        app = {"provider_id": issuer, "name": name, "client_id": client, "secret": secret}
        providers["openid_connect"] = {"APPS": [app], "OAUTH_PKCE_ENABLED": True}
    client, secret = read_text("GITHUB_CLIENT_ID"), read_text("GITHUB_CLIENT_SECRET")
    if all_or_none({"GITHUB_CLIENT_ID": client, "GITHUB_CLIENT_SECRET": secret}):
        app = {"name": "GitHub", "client_id": client, "secret": secret}
        providers["github"] = {"APPS": [app], "OAUTH_PKCE_ENABLED": True}
    return providers


SOCIALACCOUNT_PROVIDERS = _providers()
SOCIALACCOUNT_ADAPTER = "accounts.provider_adapter.ProviderAdapter"
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
INVITATION_DAYS = 14

# ------------------------------------------------------------ second factors
REQUIRE_MFA = read_choices("REQUIRE_MFA", frozenset({"curator", "admin"}))
MFA_ADAPTER = "accounts.factor_adapter.InstanceMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey signs in without a password: whoever holds the device has to prove that it is theirs, always.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Readinglist"
# A phone's clock, and a person's fingers, may be half a minute late.
MFA_TOTP_TOLERANCE = 1
# Setting one up asks for the password, and nobody waits here with an address that is not theirs.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}  # two for each who signs in, and an office has one address
ACCOUNT_EMAIL_NOTIFICATIONS = True

# -------------------------------------------------------------------- safety
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture")
} | {name: ["self"] for name in ("publickey-credentials-create", "publickey-credentials-get")}
X_FRAME_OPTIONS = "DENY"
LARGEST_BODY = 12_000_000  # the largest file that somebody brings along, with the form around it
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a long reading list in the admin is a form of several thousand fields
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
if _site.scheme == "https":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    # Of this host alone: what the other hosts of a domain speak is not this program's to say.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# ---------------------------------------------------------------------- mail
EMAIL_BACKEND = "readinglist.mail.FolderBackend"
vars().update(read_mail("EMAIL_URL"))
EMAIL_TIMEOUT = 15
MAIL_FOLDER = READINGLIST_HOME / "mail"
_mail_host = "localhost" if ":" in (_site.hostname or "") else _site.hostname
DEFAULT_FROM_EMAIL = SERVER_EMAIL = read_sender("DEFAULT_FROM_EMAIL", f"Readinglist <readinglist@{_mail_host}>")

# ------------------------------------------------------------ words and files
LANGUAGE_CODE = "en-gb"
# They differ in how dates and numbers are written.
LANGUAGES = [("en-gb", _("English (United Kingdom)")), ("en-us", _("English (United States)"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "readinglist.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = read_zone("TIME_ZONE", "UTC")

STATIC_URL = "/static/"
STATIC_ROOT = READINGLIST_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "readinglist.static_files.HashedStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = READINGLIST_HOME / "media"

SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"tokens": {"()": "accounts.logs.WithoutTokens"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["tokens"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.server": {"level": "WARNING"}},
}
