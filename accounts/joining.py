"""From an invitation to a person: by its link, or by another way in with an address that was proven."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import AuditRecord, Invitation, InvitationState, Role, User
from accounts.roles import set_role


class CannotJoin(Exception):
    """`reason` says why: `unknown`, `expired`, `revoked`, `accepted`, or `here` where the address has joined."""

    def __init__(self, reason: str, invitation: Invitation | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.invitation = invitation


def find(token_hash: str, *, now: datetime) -> Invitation:
    """The invitation that can be accepted now; else CannotJoin."""
    found = Invitation.objects.filter(token_hash=token_hash).select_related("invited_by").first()
    if found is None:
        raise CannotJoin("unknown")
    if (state := found.state(now)) != InvitationState.OPEN:
        raise CannotJoin(state, found)
    if User.objects.filter(email=found.email).exists():
        raise CannotJoin("here", found)
    return found


@transaction.atomic
def join(invitation: Invitation, *, name: str, password: str, now: datetime) -> User:
    """Makes the invited person; CannotJoin where it was accepted or taken back meanwhile, or the address is here."""
    if not _accept(invitation, now=now):
        find(invitation.token_hash, now=now)
        raise CannotJoin("unknown")  # it was sent anew this very moment
    try:
        with transaction.atomic():
            user = User.objects.create_user(invitation.email, password, name=name)
    except IntegrityError:
        raise CannotJoin("here", invitation) from None
    _welcome(user, invitation, now=now)
    return user


@transaction.atomic
def accept_for(user: User, *, now: datetime) -> Invitation | None:
    """Accepts the open invitation for the address of `user`, and gives its role; None where there is none.

    For who came in by another way, once it is proven that the address is theirs. No role is ever taken away by it.
    """
    invitation = Invitation.objects.usable(now).filter(email=user.email).select_related("invited_by").first()
    if invitation is None or not _accept(invitation, now=now):
        return None
    _welcome(user, invitation, now=now)
    return invitation


def _accept(invitation: Invitation, *, now: datetime) -> bool:
    """False where somebody else was first; of two at once the second waits here."""
    usable = Invitation.objects.usable(now).filter(pk=invitation.pk, token_hash=invitation.token_hash)
    return usable.update(accepted_at=now) == 1


def _welcome(user: User, invitation: Invitation, *, now: datetime) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(accepted_by=user)
    audit.record(AuditRecord.Action.JOINED, actor=user, person=user, now=now, role=invitation.role)
    if user.role == Role.READER:
        set_role(user, invitation.role, by=invitation.invited_by, now=now)
