"""The file that a person brings along: kept while they look, brought in when they say so, and then forgotten."""

import io
import shutil
import tempfile
import zipfile
from datetime import datetime, timedelta
from typing import IO

from django.db import transaction

from accounts.models import User
from readinglist.operations.models import Upload
from readinglist.operations.takeout.bringing import bring
from readinglist.operations.takeout.formats import DOCUMENT, SPOOL_BYTES
from readinglist.operations.takeout.report import Report

KEPT_FOR = timedelta(days=1)


def keep(file: IO[bytes], *, user: User, now: datetime) -> Upload:
    """Looks at what `file` would do, and keeps both in the place of an earlier one; TakeoutError where it can do
    nothing.
    """
    report, left = _bring(file, user, now, settings=True, look=True)
    file.seek(0)
    fields = {"at": now, "content": file.read(), "report": report.kept(), "left": left, "done_at": None}
    return Upload.objects.update_or_create(user=user, defaults=fields)[0]


def of(user: User) -> Upload | None:
    """Without the files themselves, which are long."""
    return Upload.objects.defer("content", "left").filter(user=user).first()


def report_of(kept: Upload) -> Report:
    return Report.from_kept(kept.report)


@transaction.atomic
def bring_in(user: User, *, now: datetime, settings: bool) -> bool:
    """Brings in what is kept; False where there is nothing, or where that was done. The file itself goes."""
    kept = Upload.objects.select_for_update().filter(user=user, done_at=None).first()
    if kept is None:
        return False
    report, kept.left = _bring(io.BytesIO(kept.content), user, now, settings=settings, look=False)
    kept.report, kept.content, kept.done_at = report.kept(), b"", now
    kept.save()
    return True


def forget(user: User) -> None:
    Upload.objects.filter(user=user).delete()


def forget_old(now: datetime) -> int:
    return Upload.objects.filter(at__lt=now - KEPT_FOR).delete()[0]


def _bring(file: IO[bytes], user: User, now: datetime, *, settings: bool, look: bool) -> tuple[Report, bytes]:
    """What came of it, and what is left, packed like any download."""
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as left, tempfile.SpooledTemporaryFile(SPOOL_BYTES) as packed:
        report = bring(file, user=user, now=now, left=left, settings=settings, look=look)
        if report.left_count:
            left.seek(0)
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                with archive.open(DOCUMENT, "w") as member:
                    shutil.copyfileobj(left, member)
        packed.seek(0)
        return report, packed.read()
