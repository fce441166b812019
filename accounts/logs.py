"""Keeps what lets somebody in out of the log."""

import logging
import re

_TOKEN = re.compile(r"(/accounts/(?:link|join|signup|email|password/reset/key)/)[^/\s]+")


class WithoutTokens(logging.Filter):
    """Paths of one-time links are logged when a request fails; their tokens are not."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        masked = _TOKEN.sub(r"\1…", message)
        if masked != message:
            record.msg, record.args = masked, None
        return True
