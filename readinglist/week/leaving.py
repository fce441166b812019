"""When somebody leaves: their duties fall to others, and then their access ends, or all that is theirs."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts import access, audit
from accounts.models import AuditRecord, User
from readinglist.week.models import Duty


@transaction.atomic
def hand_over(person: User, to: Mapping[int, User | None], *, by: User, now: datetime) -> list[Duty]:
    """Gives duties of `person`, by their ids, to others or to nobody yet; returns those that have changed hands."""
    theirs = Duty.objects.filter(person=person, pk__in=to).order_by("pk").select_for_update()
    given = []
    for duty in theirs:
        duty.person = to[duty.pk]
        if duty.person != person:
            duty.save(update_fields=["person"])
            given.append(duty)
    if given:
        told = [{"duty": duty.what, "to": audit.name_of(duty.person) if duty.person else ""} for duty in given]
        audit.record(AuditRecord.Action.DUTIES, actor=by, person=person, now=now, duties=told)
    return given


@transaction.atomic
def switch_off(person: User, to: Mapping[int, User | None], *, by: User, now: datetime) -> list[Duty]:
    """Hands the duties over and ends the access, both or, where this is the last admin, neither."""
    given = hand_over(person, to, by=by, now=now)
    access.switch_off([person], by=by, now=now)
    return given
