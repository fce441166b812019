"""Second factors: who must have one, and how a lost one is taken away."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction

from accounts import audit, sessions
from accounts.models import AuditRecord, User

# Recovery codes are no factor of their own: they stand in for one of these.
KINDS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_one(user: User) -> bool:
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=KINDS).exists())


def must_have_one(user: User) -> bool:
    return bool(settings.REQUIRE_MFA) and user.role in settings.REQUIRE_MFA


def is_missing(user: User) -> bool:
    """Whether `user` has to set one up before anything else."""
    return must_have_one(user) and not has_one(user)


def may_go(authenticator: Authenticator) -> bool:
    """Whether its owner may remove it: the last one of somebody who must have one stays until there is another."""
    others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=KINDS).exclude(pk=authenticator.pk)
    return not must_have_one(authenticator.user) or others.exists()


@transaction.atomic
def take_away(person: User, *, actor: User | None, now: datetime) -> bool:
    """Removes every factor and code of `person`, who is signed out everywhere; False where there was none.

    Whoever holds a session of theirs shall not be the one who sets up the next factor.
    """
    gone, _models = Authenticator.objects.filter(user_id=person.pk).delete()
    if not gone:
        return False
    sessions.end_all(person, now=now)
    audit.record(AuditRecord.Action.SECOND_FACTOR, actor=actor, person=person, now=now)
    return True
