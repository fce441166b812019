"""Why a visit came to nothing: an outcome, and a sentence for curators that says what is wrong and what to do."""

import errno
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from socket import EAI_AGAIN

import aiohttp
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from feeds.addresses import Forbidden
from feeds.decoding import Undecodable
from feeds.models import Outcome

LONGEST_WAIT = int(timedelta(days=1).total_seconds())

_TOO_MANY_REQUESTS, _UNAVAILABLE = 429, 503
_BY_STATUS = {
    401: (Outcome.DENIED, _("The host wants a password (401). Look for a feed that is open to all.")),
    403: (Outcome.DENIED, _("The host denies access (403). It may let no programs in, or subscribers alone.")),
    404: (Outcome.NOT_FOUND, _("There is nothing at this address (404). Look for the feed's new one on the site.")),
    410: (Outcome.GONE, _("The feed was taken down for good (410). Look for another on the site, or remove it.")),
}
_BY_CLASS = {
    4: (Outcome.REFUSED, _("The host refuses the request (%(status)s). Open the address in a browser to see why.")),
    5: (Outcome.SERVER_ERROR, _("The host has an error of its own (%(status)s). It is asked again later.")),
}
_ODD = (
    Outcome.SERVER_ERROR,
    _("The host answers with the status %(status)s and no feed. Open the address in a browser to see what is there."),
)
# What this machine runs out of is no failure of the host's.
_OUR_OWN = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}


class Failed(Exception):
    """A visit failed, for a reason that lies outside this program."""

    def __init__(self, outcome: Outcome, error: str, *, retry_after: int | None = None) -> None:
        super().__init__(error)
        self.outcome = outcome
        self.error = error
        self.retry_after = retry_after


def of_status(status: int, headers: Mapping[str, str], now: datetime) -> Failed:
    """What it means that a host answered with this status, which brings no feed."""
    if status in (_TOO_MANY_REQUESTS, _UNAVAILABLE):
        wait = read_retry_after(headers.get("Retry-After", ""), now)
        return asked_to_wait(wait)
    outcome, sentence = _BY_STATUS.get(status) or _BY_CLASS.get(status // 100, _ODD)
    return Failed(outcome, sentence % {"status": status})


def asked_to_wait(wait: int | None) -> Failed:
    """What it means that a host wants to be left alone for so many seconds, if it says how many."""
    return Failed(Outcome.BUSY, _busy(wait), retry_after=wait)


def _busy(wait: int | None) -> str:
    if not wait:
        return gettext("The host has too much to do. It is asked again later.")
    minutes = -(-wait // 60)
    return ngettext(
        "The host asks to be left alone for %(minutes)s minute. It is asked again after that.",
        "The host asks to be left alone for %(minutes)s minutes. It is asked again after that.",
        minutes,
    ) % {"minutes": minutes}


def read_retry_after(value: str, now: datetime) -> int | None:
    """The seconds that a Retry-After header asks for, which may hold a date; at most a day. None for anything else."""
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return min(int(value[:9]), LONGEST_WAIT)
    try:
        date = parsedate_to_datetime(value)
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return int(min(max(seconds, 0), LONGEST_WAIT))


def of_error(error: BaseException, host: str) -> Failed | None:
    """What an exception of the network means; None if it comes from elsewhere and is a fault of this program."""
    if isinstance(error, Failed):
        return error
    if isinstance(error, aiohttp.ClientConnectorError):
        return _of_connecting(error, host)
    if isinstance(error, Forbidden):
        return Failed(Outcome.FORBIDDEN, str(error))
    if isinstance(error, aiohttp.InvalidURL):
        return Failed(Outcome.FORBIDDEN, gettext("This cannot be read as an address of the web."))
    if isinstance(error, TimeoutError):
        return Failed(Outcome.TIMEOUT, _late(error) % {"host": host})
    if isinstance(error, aiohttp.ClientResponseError):
        sentence = gettext(
            "What %(host)s answers is not valid HTTP. Open the address in a browser to see what is there."
        )
        return Failed(Outcome.SERVER_ERROR, sentence % {"host": host})
    if isinstance(error, Undecodable):
        sentence = gettext("The feed is compressed in a way that cannot be undone. Its host has to mend that.")
        return Failed(Outcome.BROKEN, sentence)
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientConnectionError):
        sentence = gettext("The connection to %(host)s broke off before the answer was whole. It is asked again later.")
        return Failed(Outcome.UNREACHABLE, sentence % {"host": host})
    return None


def _of_connecting(error: aiohttp.ClientConnectorError, host: str) -> Failed | None:
    """Why no connection came about."""
    cause = error.os_error
    if isinstance(cause, Forbidden):
        return Failed(Outcome.FORBIDDEN, str(cause))
    outcome = Outcome.UNREACHABLE
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        outcome = Outcome.INSECURE
        sentence = gettext(
            "The certificate of %(host)s is not valid, so it may be another host. Its owner has to mend that."
        )
    elif isinstance(error, aiohttp.ClientConnectorSSLError):
        outcome = Outcome.INSECURE
        sentence = gettext("No secure connection to %(host)s could be agreed on. Its owner has to mend that.")
    elif isinstance(error, aiohttp.ClientConnectorDNSError) and cause.errno == EAI_AGAIN:
        sentence = gettext("The name %(host)s cannot be looked up at the moment. It is tried again later.")
    elif isinstance(error, aiohttp.ClientConnectorDNSError):
        sentence = gettext("There is no host %(host)s. Check the spelling; if it is right, the site may be gone.")
    elif cause.errno in _OUR_OWN:
        return None
    elif cause.errno == errno.ECONNREFUSED:
        sentence = gettext("%(host)s accepts no connections. It may be down, or the port may be wrong.")
    else:
        sentence = gettext("%(host)s cannot be reached. It may be down; it is tried again later.")
    return Failed(outcome, sentence % {"host": host})


def _late(error: TimeoutError) -> str:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return gettext("%(host)s did not take the connection in time. It may be down; it is tried again later.")
    if isinstance(error, aiohttp.SocketTimeoutError):
        return gettext("%(host)s stopped in the middle of its answer. It is asked again later.")
    return gettext("%(host)s sends too slowly: the feed did not arrive in time. It is asked again later.")
