"""Whether somebody may come in at all: switching access off and on again, and deleting a person."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit, sessions
from accounts.models import AuditRecord, Invitation, SignInLink, User
from accounts.roles import require_other_admin

Action = AuditRecord.Action


@transaction.atomic
def switch_off(people: Iterable[User], *, by: User | None, now: datetime) -> list[User]:
    """Lets `people` in no more and ends what has let them in; who of them could come in until now.

    What is theirs stays. LastAdmin where nobody would be left to run the instance.
    """
    asked = list(people)
    require_other_admin(asked)  # which locks the admins first, in the same order for everybody
    still_in = User.objects.filter(pk__in=[person.pk for person in asked], is_active=True)
    going = list(still_in.order_by("pk").select_for_update())
    User.objects.filter(pk__in=[person.pk for person in going]).update(is_active=False)
    SignInLink.objects.filter(user__in=going, used_at=None).delete()
    for person in going:
        person.is_active = False
        sessions.end_all(person, now=now)  # they would be theirs again with their access
        audit.record(Action.DEACTIVATED, actor=by, person=person, now=now)
    return going


@transaction.atomic
def switch_on(person: User, *, by: User | None, now: datetime) -> bool:
    """Lets `person` in again, with everything that was theirs; False where they could come in already."""
    if User.objects.filter(pk=person.pk, is_active=False).update(is_active=True) == 0:
        return False
    person.is_active = True
    audit.record(Action.ACTIVATED, actor=by, person=person, now=now)
    return True


@transaction.atomic
def delete(person: User, *, by: User | None, now: datetime) -> None:
    """Takes `person` away with all that is theirs alone; what they shared stays, as a former member's.

    LastAdmin where nobody would be left to run the instance. Who deletes themselves is not named for it.
    """
    require_other_admin([person])
    # Whatever another tab is writing for them ends before, or finds nobody.
    if User.objects.select_for_update().filter(pk=person.pk).first() is None:
        return
    nobody = _("a former member")
    own_wish = by is not None and by.pk == person.pk
    named = {"actor_name": nobody, "person_name": nobody} if own_wish else {"person_name": audit.name_of(person)}
    sessions.end_all(person, now=now)
    Invitation.objects.filter(email=person.email).delete()
    Invitation.objects.filter(accepted_by=person).delete()
    about_them = {"content_type__app_label": "accounts", "content_type__model": "user", "object_id": person.pk}
    LogEntry.objects.filter(**about_them).delete()
    person.delete()
    audit.record(Action.DELETED, actor=None if own_wish else by, person=None, now=now, **named)
