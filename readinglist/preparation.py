"""What `make run` does between the services and the web server, in one process: each command would load Django anew.

Progress goes to stderr; on stdout are only the address and, if one is needed, the link for the first sign-in.
"""

import hashlib
import io
import os
import sys
from importlib.metadata import version
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readinglist.settings")
    django.setup()
    say("Preparing the database")
    call_command("migrate", interactive=False, verbosity=0, stdout=sys.stderr)
    say("Loading the starting catalogue, if there is none")
    call_command("loadcatalog", "--if-empty", stdout=sys.stderr)
    collect_static()
    print(settings.SITE_URL, flush=True)
    call_command("signinlink", "--first-run", stderr=io.StringIO())  # the banner explains the link


def collect_static() -> None:
    """Collect and compress the static files, which takes seconds, where they have changed."""
    root = Path(settings.STATIC_ROOT)
    stamp, found = root / "collected", fingerprint()
    if stamp.exists() and stamp.read_text() == found:
        return
    say("Collecting static files")
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, stdout=sys.stderr)
    stamp.write_text(found)


def fingerprint() -> str:
    """Changes with every static file and with what makes the collected ones of them."""
    digest = hashlib.sha256(f"{version('whitenoise')} {settings.STORAGES['staticfiles']}".encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            about = Path(storage.path(path)).stat()
            digest.update(f"\n{storage.path(path)} {about.st_mtime_ns} {about.st_size}".encode())
    return digest.hexdigest()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
