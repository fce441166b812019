"""What hosts answer, in words; and when they want to be asked again."""

import errno
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.failures import LONGEST_WAIT, of_error, of_status, read_retry_after
from feeds.models import Outcome
from tests.fixtures.effort import examples

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KEY = ConnectionKey("example.org", 443, True, True, None, None, None)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("86401", LONGEST_WAIT),
        ("9" * 5000, LONGEST_WAIT),
        ("Mon, 02 Mar 2026 12:10:00 GMT", 600),
        ("Mon, 02 Mar 2026 13:10:00 +0100", 600),
        ("Mon, 02 Mar 2026 12:10:00 -0000", 600),
        ("Mon, 02 Mar 2026 11:50:00 GMT", 0),
        ("Mon, 02 Mar 2099 11:50:00 GMT", LONGEST_WAIT),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("١٢", None),
        ("Mon, 99 Mar 2026 12:10:00 GMT", None),
        ("Mon, 02 Mar 99999 12:10:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_of_a_day_at_most(value: str, seconds: int | None) -> None:
    assert read_retry_after(value, NOW) == seconds


@settings(max_examples=examples(100))
@given(st.integers(-200_000, 200_000))
def test_every_date_is_the_seconds_till_then(seconds: int) -> None:
    value = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert read_retry_after(value, NOW) == min(max(seconds, 0), LONGEST_WAIT)


@settings(max_examples=examples(200))
@given(st.one_of(st.text(), st.text("0123456789 :,+-MonMarGMT")))
def test_any_header_is_a_time_or_nothing(value: str) -> None:
    seconds = read_retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("header", "words"), [("60", "for 1 minute."), ("61", "for 2 minutes."), ("0", "too much to do")]
)
def test_the_wait_stands_in_the_sentence(header: str, words: str) -> None:
    assert words in of_status(429, {"Retry-After": header}, NOW).error


@given(st.integers(100, 999))
def test_every_status_is_told_in_a_sentence(status: int) -> None:
    failed = of_status(status, {}, NOW)
    assert failed.error.endswith(".")
    assert failed.outcome not in (Outcome.FETCHED, Outcome.UNCHANGED, Outcome.FAULT)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_what_this_machine_runs_out_of_is_not_the_hosts_failure(number: int) -> None:
    assert of_error(aiohttp.ClientConnectorError(KEY, OSError(number, "none left")), "example.org") is None


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (aiohttp.ClientConnectorError(KEY, OSError(errno.ENETUNREACH, "no way there")), Outcome.UNREACHABLE),
        (aiohttp.ClientConnectorSSLError(KEY, OSError(1, "no cipher in common")), Outcome.INSECURE),
        (aiohttp.ClientOSError(errno.EPIPE, "gone"), Outcome.UNREACHABLE),
        (aiohttp.InvalidURL("nonsense"), Outcome.FORBIDDEN),
        (TimeoutError(), Outcome.TIMEOUT),
    ],
)
def test_errors_of_the_network_are_failures_of_the_feed(error: Any, outcome: Outcome) -> None:
    failed = of_error(error, "example.org")
    assert failed is not None
    assert failed.outcome == outcome
