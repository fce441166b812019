"""Settings, read from the environment once and strictly. `.env.example` lists every variable."""

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from readinglist import embedded
from readinglist.environment import (
    read_database,
    read_hosts,
    read_int,
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
    "allauth",
    "allauth.account",
    "csp",
    "django_filters",
    "django_htmx",
    "simple_history",
]

MIDDLEWARE = [
    "readinglist.operations.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.ReaderZoneMiddleware",
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
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _cache_url}}

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
    "visit-due-feeds": {"task": "feeds.tasks.visit_due", "schedule": 60, "options": {"expires": 60}},
    "index-posts": {"task": "feeds.tasks.index_posts", "schedule": 60, "options": {"expires": 60}},
    "index-missed-posts": {"task": "feeds.tasks.index_missed", "schedule": 60 * 60, "options": {"expires": 60 * 60}},
    "trim-fetches": {"task": "feeds.tasks.trim_fetches", "schedule": 24 * 60 * 60},
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
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
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
ACCOUNT_EMAIL_VERIFICATION = "none"
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
}
X_FRAME_OPTIONS = "DENY"
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
