"""Bringing a person's file in: all of it in one transaction, or nothing; looking first is the same, taken back.

What is here is never lowered, and what the file says twice, or a second time, is written once. Beside `reading.stages`
this alone writes read states: behind the same lock, and with the log told.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import IO

from django.db import transaction

from accounts.models import User
from readinglist.operations.takeout import checks, reading
from readinglist.operations.takeout.incoming.desk import Bringer, Desk
from readinglist.operations.takeout.incoming.follows import Follows
from readinglist.operations.takeout.incoming.log import Log
from readinglist.operations.takeout.incoming.plain import Notes, PathOfLists, Settings
from readinglist.operations.takeout.incoming.posts import PostStates
from readinglist.operations.takeout.matching import Catalogue
from readinglist.operations.takeout.report import Left, Report
from readinglist.reading import stages

BRINGERS: Sequence[type[Bringer]] = (Settings, PathOfLists, Log, Notes, Follows, PostStates)


@transaction.atomic
def bring(
    file: IO[bytes],
    *,
    user: User,
    now: datetime,
    left: IO[bytes] | None = None,
    settings: bool = True,
    look: bool = False,
) -> Report:
    """Brings in what `file` holds; TakeoutError where it cannot. With `look`, only says what that would do.

    What finds no place goes to `left`, as a document. Without `settings` those of the file are passed over.
    """
    stages.lock(user)
    report = Report()
    with Left(report) as remaining:
        desk = Desk(user, now, Catalogue(), report, remaining)
        bringers = [each(desk) for each in BRINGERS]
        by_table = {table: bringer for bringer in bringers for table in bringer.tables}
        for table, number, record in reading.records(file):
            if table in by_table and (settings or table != "settings"):
                by_table[table].take(table, checks.checked(table, number, record))
        for bringer in bringers:
            bringer.finish()
        if left is not None and report.left_count:
            left.writelines(remaining.pieces(now))
    if look:
        transaction.set_rollback(True)
    return report
