#!/usr/bin/env python
"""Django's command line; starts the embedded services for the commands that need them."""

import os
import sys
from pathlib import Path

try:
    import environ
except ModuleNotFoundError:
    sys.exit("manage.py: run `make install` once, and then: .venv/bin/python manage.py …")

from readinglist import embedded

WITHOUT_SERVICES = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "makemigrations",
    "startapp",
    "stopservices",
    "version",
}


def needs_services(arguments: list[str]) -> bool:
    if not arguments or {"-h", "--help", "--version"} & set(arguments):
        return False
    return arguments[0] not in WITHOUT_SERVICES


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readinglist.settings")
    environ.Env.read_env(Path(__file__).resolve().parent / ".env")  # it may name servers, or the home
    try:
        if needs_services(sys.argv[1:]):
            embedded.ensure()
    except embedded.EmbeddedError as error:
        sys.exit(f"manage.py: {error}")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
