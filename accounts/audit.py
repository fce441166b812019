"""Writing the audit log: what is done to people and roles, by whom. Nothing that lets anybody in stands in it."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import AuditRecord, User


def record(
    action: str,
    *,
    actor: User | None,
    person: User | None,
    now: datetime,
    actor_name: str = "",
    person_name: str = "",
    **details: Any,
) -> AuditRecord:
    """One line. The names stand in for who is no row; with no actor at all it was a command of manage.py."""
    return AuditRecord.objects.create(
        at=now,
        action=action,
        actor=actor,
        actor_name=name_of(actor) if actor else actor_name,
        person=person,
        person_name=name_of(person) if person else person_name,
        details=details,
    )


def name_of(user: User) -> str:
    """Name and address, as they are now."""
    return f"{user.name} <{user.email}>" if user.name else user.email


def told(record: AuditRecord) -> str:
    """The details in words, for whoever reads the log."""
    details = record.details
    if "duties" in details:
        return "; ".join(f"{one['duty']}: {one['to'] or _('nobody yet')}" for one in details["duties"])
    if "after" in details:
        return f"{details.get('before') or '–'} → {details['after']}"
    return ", ".join(str(value) for value in details.values())
