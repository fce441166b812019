"""Typed readers of environment variables: strict, and an empty variable counts as unset.

Each raises ImproperlyConfigured with the variable's name and what it should look like. What is secret need not stand in
the environment: for any variable NAME, NAME_FILE may name a file that holds its value.
"""

import ipaddress
import os
import re
import zoneinfo
from email.utils import getaddresses
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")


def read_text(name: str, default: str = "") -> str:
    """As it stands: a dollar sign is a dollar sign."""
    text, path = (os.environ.get(variable, "").strip() for variable in (name, f"{name}_FILE"))
    if not path:
        return text or default
    if text:
        raise ImproperlyConfigured(f"The environment variables {name} and {name}_FILE are both set: keep one of them.")
    return _read_file(f"{name}_FILE", path)


def _read_file(name: str, path: str) -> str:
    try:
        text = Path(path).read_text().strip()
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(
            f"The environment variable {name} names a file that cannot be read: {error}"
        ) from None
    if not text:
        raise ImproperlyConfigured(f"The environment variable {name} names a file that is empty: {path}")
    return text


def read_int(name: str, default: int, *, lowest: int, highest: int) -> int:
    text = read_text(name)
    if not text:
        return default
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise _wrong(name, f"a whole number from {lowest} to {highest}", text)
    return int(text)


def read_zone(name: str, default: str) -> str:
    """A time zone of the IANA database."""
    zone = read_text(name, default)
    if zone not in zoneinfo.available_timezones():
        raise _wrong(name, "a time zone like Europe/Berlin", zone)
    return zone


def read_site(name: str, default: str) -> SplitResult:
    """An http or https origin, the host as a Host header names it: in brackets or as its ASCII form."""
    text = read_text(name, default).rstrip("/")
    meant = "an address like https://reading.example.org, without a path"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _wrong(name, meant, text) from None
    if parts.scheme not in ("http", "https") or not host or text != f"{parts.scheme}://{parts.netloc}" or "@" in text:
        raise _wrong(name, meant, text)
    try:
        host = f"[{ipaddress.IPv6Address(host)}]" if ":" in host else host.encode("idna").decode()
    except ValueError:
        raise _wrong(name, meant, text) from None
    return parts._replace(netloc=host if port is None else f"{host}:{port}")


def read_hosts(name: str) -> frozenset[str]:
    """Host names or addresses, separated by commas, in small letters and without ports."""
    hosts = set()
    for text in read_text(name).split(","):
        host = text.strip().lower().rstrip(".")
        try:
            hosts.add(str(ipaddress.ip_address(host)))
        except ValueError:
            if host and not _HOST.fullmatch(host):
                meant = "host names separated by commas, without scheme and port, like wiki.example.org,10.0.0.5"
                raise _wrong(name, meant, host) from None
            hosts.add(host)
    return frozenset(hosts - {""})


def read_choices(name: str, choices: frozenset[str]) -> frozenset[str]:
    """Some of `choices`, separated by commas, in small letters."""
    chosen = {text.strip().lower() for text in read_text(name).split(",")} - {""}
    if strange := sorted(chosen - choices):
        raise _wrong(name, f"one or more of {', '.join(sorted(choices))}, separated by commas", ", ".join(strange))
    return frozenset(chosen)


def read_choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of `choices`, in small letters."""
    chosen = read_text(name, default).lower()
    if chosen not in choices:
        raise _wrong(name, f"one of {', '.join(choices)}", chosen)
    return chosen


def read_domains(name: str) -> frozenset[str]:
    """Domains of addresses, separated by commas, in small letters and their ASCII form."""
    domains = set()
    for text in filter(None, (text.strip() for text in read_text(name).split(","))):
        try:
            domain = text.encode("idna").decode().lower()
        except ValueError:
            domain = ""
        if "." not in domain or not _HOST.fullmatch(domain):
            raise _wrong(name, "domains separated by commas, as they stand after the @, like example.org", text)
        domains.add(domain)
    return frozenset(domains)


def read_issuer(name: str) -> str:
    """The address by which an OpenID provider names itself: https, or http on this machine; empty where none is set."""
    text = read_text(name)
    if not text:
        return ""
    meant = "an address like https://login.example.org/realms/team, without query, of at most 190 characters"
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        raise _wrong(name, meant, text) from None
    is_near = parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1")
    if not host or not (parts.scheme == "https" or is_near) or set(text) & set("?#@ ") or len(text) > 190:
        raise _wrong(name, meant, text)
    return text.rstrip("/")


def all_or_none(values: dict[str, str]) -> bool:
    """Whether the variables of these names, which mean something only together, are set."""
    missing = [name for name, value in values.items() if not value]
    if missing and len(missing) < len(values):
        raise ImproperlyConfigured(
            f"The environment variables {', '.join(values)} belong together: set {', '.join(missing)} too, or none."
        )
    return not missing


def read_database(name: str, *, password: str = "") -> dict[str, Any]:
    """A PostgreSQL address, as Django's settings of a database; the password may be told beside it."""
    text = read_text(name)
    if not text.startswith(("postgres://", "postgresql://")):
        raise _wrong(name, "an address like postgres://user:password@host:5432/name", _without_password(text))
    try:
        database: dict[str, Any] = environ.Env.db_url_config(text)
    except ValueError:
        meant = (
            "an address like postgres://user:password@host:5432/name; write / # ? @ in a password as %2F %23 %3F %40"
        )
        raise _wrong(name, meant, "what stands there") from None
    # A socket folder given as ?host= belongs where dbshell and others look for it.
    options = database.setdefault("OPTIONS", {})
    database["HOST"] = options.pop("host", database["HOST"])
    if password and database["PASSWORD"]:
        raise ImproperlyConfigured(f"{name} has a password, and DATABASE_PASSWORD is set too: keep one of them.")
    return database | {"PASSWORD": database["PASSWORD"] or password}


def read_redis(name: str) -> tuple[SplitResult, int]:
    """A Redis address and the number of its database."""
    text = read_text(name)
    parts = urlsplit(text)
    number = parts.path.strip("/") or "0"
    if parts.scheme not in ("redis", "rediss") or not number.isdecimal():
        raise _wrong(name, "an address like redis://host:6379/0", _without_password(text))
    return parts, int(number)


def read_mail(name: str) -> dict[str, Any]:
    """Where mail is handed over, as Django's EMAIL_… settings; empty where nothing is set."""
    text = read_text(name)
    if not text:
        return {}
    meant = "an address like smtp+tls://user:password@host:587"
    if not text.startswith(("smtp://", "smtps://", "smtp+tls://", "smtp+ssl://")):
        raise _wrong(name, meant, _without_password(text))
    try:
        return dict(environ.Env.email_url_config(text))
    except (ValueError, KeyError):
        raise _wrong(name, meant, "what stands there") from None


def read_sender(name: str, default: str) -> str:
    """Whom mails come from: one address, with or without a name."""
    text = read_text(name, default)
    addresses = [address for _name, address in getaddresses([text])]
    if len(addresses) != 1 or not re.fullmatch(r"[^\s@]+@[^\s@]+", addresses[0]):
        raise _wrong(name, "an address like Readinglist <reading@example.org>", text)
    return text


def _without_password(address: str) -> str:
    return address.rpartition("@")[2] or address


def _wrong(name: str, meant: str, text: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"The environment variable {name} must be {meant}, not {text!r}.")
