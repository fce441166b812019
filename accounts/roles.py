"""Reader, curator, admin: what makes one, and that one active admin always remains."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import CURATORS_GROUP, AuditRecord, Role, User


class LastAdmin(Exception):
    """Without this person nobody could run the instance."""

    def __init__(self) -> None:
        super().__init__(_("This is the only active admin. Make somebody else an admin first."))


@transaction.atomic
def set_role(user: User, role: str, *, by: User | None, now: datetime) -> None:
    """Makes `user` a `reader`, `curator` or `admin`, and nothing else besides; LastAdmin for the only active admin."""
    before = user.role
    if role == before:
        return
    if before == Role.ADMIN:
        require_other_admin([user])
    user.is_superuser = role == Role.ADMIN
    user.is_staff = role in (Role.ADMIN, Role.CURATOR)
    user.save(update_fields=["is_superuser", "is_staff"])
    if role == Role.CURATOR:
        user.groups.add(Group.objects.get_or_create(name=CURATORS_GROUP)[0])
    else:
        user.groups.remove(*user.groups.filter(name=CURATORS_GROUP))
    audit.record(AuditRecord.Action.ROLE, actor=by, person=user, now=now, before=before, after=str(role))


def require_other_admin(leaving: Iterable[User]) -> None:
    """Raises LastAdmin unless an active admin remains beside `leaving`; inside the transaction that takes them away.

    Locks the admins' rows: of two transactions that each take the other's last admin, the second waits and then sees.
    """
    active = set(User.objects.admins().order_by("pk").select_for_update().values_list("pk", flat=True))
    going = active & {user.pk for user in leaving}
    if going and going == active:
        raise LastAdmin
