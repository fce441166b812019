"""Mail on a machine without an SMTP server: every message becomes a file that mail programs open."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class FolderBackend(BaseEmailBackend):
    """Writes each message as an `.eml` file into `MAIL_FOLDER`, for its owner alone: mails carry links that sign in."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAIL_FOLDER)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid4().hex[:8]}.eml"
            _write(folder / name, message.message().as_bytes())
        return len(email_messages)


def _write(path: Path, content: bytes) -> None:
    """The whole file or, on a full disk, none: what has failed is sent again."""
    part = path.with_suffix(".part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        part.rename(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
