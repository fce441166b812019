"""How long an answer stays fresh by its own headers: until then there is nothing to ask for."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 365 * 24 * 60 * 60  # beyond a year HTTP itself means "for ever"

_DIRECTIVE = re.compile(r"""([a-z-]{1,40})(?:\s*=\s*("[^"]*"|[^\s,"]*))?""", re.IGNORECASE | re.ASCII)


def read_max_age(headers: Mapping[str, str], cache_control: str, now: datetime) -> int | None:
    """The seconds for which the answer stays fresh from now on; None where it does not say.

    One visit serves all readers, so what is said to shared caches (s-maxage) counts first, as it does for them.
    `cache_control` is all headers of that name.
    """
    said = {name.lower(): value.strip('"') for name, value in _DIRECTIVE.findall(cache_control)}
    if "no-store" in said or "no-cache" in said:
        return None
    seconds = _seconds(said.get("s-maxage", ""))
    if seconds is None:
        seconds = _seconds(said.get("max-age", ""))
    if seconds is None:
        seconds = _until_expiry(headers, now)
    if seconds is None:
        return None
    age = _seconds(headers.get("Age", "").strip()) or 0  # it has lain in a cache on its way
    return min(max(seconds - age, 0), LONGEST)


def _seconds(value: str) -> int | None:
    return int(value[:12]) if value.isascii() and value.isdecimal() else None


def _until_expiry(headers: Mapping[str, str], now: datetime) -> int | None:
    expires = _date(headers.get("Expires", ""))
    if expires is None:
        return None
    return int((expires - (_date(headers.get("Date", "")) or now)).total_seconds())


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value.strip())
        return date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
