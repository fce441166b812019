"""The tables of the room, by subject."""

from accounts.models.audit import AuditRecord
from accounts.models.invitations import Invitation, InvitationQuerySet, InvitationState
from accounts.models.people import (
    CURATORS_GROUP,
    LONGEST_WEEK,
    SHORTEST_WEEK,
    Role,
    User,
    UserManager,
    default_language,
    default_zone,
    validate_language,
    validate_zone,
    zones,
)
from accounts.models.sign_in_links import SignInLink, SignInLinkQuerySet, fingerprint_of, hash_token

__all__ = [
    "CURATORS_GROUP",
    "LONGEST_WEEK",
    "SHORTEST_WEEK",
    "AuditRecord",
    "Invitation",
    "InvitationQuerySet",
    "InvitationState",
    "Role",
    "SignInLink",
    "SignInLinkQuerySet",
    "User",
    "UserManager",
    "default_language",
    "default_zone",
    "fingerprint_of",
    "hash_token",
    "validate_language",
    "validate_zone",
    "zones",
]
