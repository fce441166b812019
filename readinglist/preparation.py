"""What `make run` does between the services and the web server, in one process: each command would load Django anew.

Progress goes to stderr; on stdout are only the address and, if one is needed, a sentence and the link to sign in by.
With `demo`, an empty instance is filled with a made-up team first.
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
from django.core.management import CommandError, call_command
from django.utils import timezone


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readinglist.settings")
    django.setup()
    say("Preparing the database")
    call_command("migrate", interactive=False, verbosity=0, stdout=sys.stderr)
    say("Loading the starting catalogue, if there is none")
    call_command("loadcatalog", "--if-empty", stdout=sys.stderr)
    is_demo = sys.argv[1:] == ["demo"]
    if is_demo:
        fill_demo()
    collect_static()
    print(settings.SITE_URL, flush=True)
    if not (is_demo and offer_demo()):
        offer("There is no admin yet. This link, good for one use, makes the first:", "--first-run")


def fill_demo() -> None:
    say("Making up half a year of a team's reading, if it is not there")
    try:
        call_command("makedemo", "--if-empty", now=timezone.now(), verbosity=0)
    except CommandError as error:
        sys.exit(str(error))


def offer_demo() -> bool:
    """The way in of somebody of the demo team; False where whoever uses the demo has taken them all away."""
    from readinglist.operations.demo import filling  # once Django is set up

    curator = filling.curator()
    if curator is not None:
        offer(f"This link, good for one use, signs in {curator}, a curator of the made-up team:", curator.email)
    return curator is not None


def offer(sentence: str, whom: str) -> None:
    """Print the sentence and the link, if one is to be had."""
    link = io.StringIO()
    call_command("signinlink", whom, stdout=link, stderr=io.StringIO())
    if link.getvalue():
        print(sentence, link.getvalue(), sep="\n", end="", flush=True)


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
