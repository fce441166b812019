"""Django's SMTP backend, which besides knows whether the server may have taken a message that failed."""

import smtplib

from django.core.mail.backends.smtp import EmailBackend

# For the answer to a whole message, which the server may look through for long before it says anything. EMAIL_TIMEOUT
# would end that too soon, with the mail on its way and nobody to say so.
ANSWER_SECONDS = 2 * 60


class _Watching(smtplib.SMTP):
    """From the first byte of a message until the server's answer to it nobody can say whose it is."""

    is_in_doubt = False

    def data(self, msg: str | bytes) -> tuple[int, bytes]:  # type: ignore[override] # typeshed's is narrower
        self.is_in_doubt = True
        if self.sock is not None:
            self.sock.settimeout(ANSWER_SECONDS)
        try:
            code, text = super().data(msg)
        except smtplib.SMTPDataError:  # the command itself was refused, before the message
            self.is_in_doubt = False
            raise
        self.is_in_doubt = code != 250 and code < 400  # no answer of this protocol
        if self.sock is not None:
            self.sock.settimeout(self.timeout)
        return code, text


class _WatchingTls(_Watching, smtplib.SMTP_SSL):
    pass


class WatchingBackend(EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _WatchingTls if self.use_ssl else _Watching

    @property
    def is_in_doubt(self) -> bool:
        """Whether the message that has just failed may have been taken all the same."""
        return isinstance(self.connection, _Watching) and self.connection.is_in_doubt
