"""Handing mails over: one connection for many, and for each that fails whether it may have been taken all the same."""

import contextlib
import smtplib
from types import TracebackType
from typing import Self

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _

from readinglist.mail import FolderBackend
from readinglist.mail_smtp import WatchingBackend
from readinglist.mail_words import one_line

PATIENCE = 3  # mails in a row that the server leaves without an answer: each of them may be lost


class NotTaken(Exception):
    """Certainly not taken: it may be tried again. The message says why."""


class InDoubt(Exception):
    """Perhaps taken: it must not be tried again. The message says what happened."""


class Carrier:
    """Opens its connection for the first message, and anew after trouble.

    Once nobody answers, it tries no further: what is not begun can be sent later, and keeps no worker waiting.
    """

    def __init__(self) -> None:
        by_smtp = settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend"
        self._connection = WatchingBackend() if by_smtp else get_connection()
        self._unreachable = ""
        self._silences = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._hang_up()

    def send(self, message: EmailMessage) -> None:
        """Raises NotTaken or InDoubt where it cannot say that the message was taken."""
        self._open()
        try:
            taken = self._connection.send_messages([message])
        except Exception as error:  # whatever a backend or the protocol raises
            in_doubt = self._is_in_doubt()
            self._hang_up()
            self._count(is_silence=in_doubt or isinstance(error, smtplib.SMTPServerDisconnected), reason=_reason(error))
            raise (InDoubt if in_doubt else NotTaken)(_reason(error)) from error
        self._silences = 0
        if not taken:
            raise NotTaken(_("The mail server was given no message."))

    def _open(self) -> None:
        if self._unreachable:
            raise NotTaken(self._unreachable)
        try:
            self._connection.open()
        except Exception as error:
            self._unreachable = _reason(error)
            self._hang_up()
            raise NotTaken(self._unreachable) from error

    def _count(self, *, is_silence: bool, reason: str) -> None:
        self._silences = self._silences + 1 if is_silence else 0
        if self._silences == PATIENCE:
            self._unreachable = reason

    def _is_in_doubt(self) -> bool:
        if isinstance(self._connection, WatchingBackend):
            return self._connection.is_in_doubt
        return not isinstance(self._connection, FolderBackend)

    def _hang_up(self) -> None:
        # It says goodbye to a server that may be gone; nothing depends on it.
        with contextlib.suppress(Exception):
            self._connection.close()


def _reason(error: Exception) -> str:
    """What happened in a sentence, with the server's own words."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _("The mail server refuses the address: %(answer)s") % {"answer": _answers(error)}
    if isinstance(error, smtplib.SMTPResponseException):
        words = one_line(f"{error.smtp_code} {_text(error.smtp_error)}")
        if isinstance(error, smtplib.SMTPSenderRefused):
            return _("The mail server refuses the sender: %(answer)s") % {"answer": words}
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return _("The mail server refuses name or password: %(answer)s") % {"answer": words}
        return _("The mail server refuses the mail: %(answer)s") % {"answer": words}
    if isinstance(error, smtplib.SMTPServerDisconnected):
        if isinstance(error.__context__, TimeoutError):
            return _("The mail server gave no answer in time.")
        return _("The connection to the mail server broke.")
    if isinstance(error, OSError):
        return _("The mail server cannot be reached: %(answer)s") % {"answer": one_line(str(error))}
    return _("The mail could not be handed over: %(answer)s") % {"answer": one_line(str(error))}


def _answers(error: smtplib.SMTPRecipientsRefused) -> str:
    return "; ".join(one_line(f"{code} {_text(text)}") for code, text in error.recipients.values())


def _text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer
