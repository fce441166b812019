"""Settings of the test session: a home of its own, and what only tests want.

pytest-django reads this before any conftest, in the controller and in each xdist worker; workers inherit the home.
"""

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

if "READINGLIST_TEST_HOME" not in os.environ:
    _home = Path(tempfile.mkdtemp(prefix="readinglist-tests-"))
    _home.chmod(0o755)  # as root, the servers' account has to come through
    os.environ["READINGLIST_TEST_HOME"] = str(_home)
    atexit.register(shutil.rmtree, _home, ignore_errors=True)
    # Whatever instance the developer runs, wherever, and whatever .env says: the tests do not touch it. Empty is unset.
    _example = Path(__file__).parents[1] / ".env.example"
    _names = re.findall(r"^([A-Z_]+)=", _example.read_text(), re.MULTILINE)
    os.environ.update({name + ending: "" for name in _names for ending in ("", "_FILE")})
os.environ["READINGLIST_HOME"] = os.environ["READINGLIST_TEST_HOME"]

from readinglist import embedded
from readinglist.settings import *  # noqa: F403
from readinglist.settings import CACHES, DATABASES, LOGGING

# Each xdist worker has two numbered databases of Redis to itself: queues and cache.
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
CELERY_BROKER_URL = embedded.broker_url(number=2 * _worker)
CACHES["default"]["LOCATION"] = embedded.cache_url(number=2 * _worker + 1)

# The controller has migrated it (tests/fixtures/services.py); every worker clones it.
_database: dict[str, Any] = DATABASES["default"]
_database["TEST"] = {"TEMPLATE": embedded.DATABASE_NAME}
# The real Celery worker of a test session works on the tests' database, not on the one it was cloned from.
_database["NAME"] = os.environ.get("READINGLIST_TEST_DATABASE", _database["NAME"])

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True

# The tests' SMTP server tells every line of its talk, from a thread that may outlive the stream of one test.
LOGGING["loggers"]["mail.log"] = {"level": "WARNING"}
