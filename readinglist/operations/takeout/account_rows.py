"""What is kept about a person's account, row by row as the file has it: nothing that lets anybody in, nobody else."""

from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession

from accounts.models import AuditRecord, Invitation, SignInLink, User
from readinglist.curation.models import Suggestion
from readinglist.reminders.models import Reminder
from readinglist.week.models import Duty

Row = tuple[Any, ...]

SETTINGS = (
    "zone",
    "language",
    "theme",
    "weekly_minutes",
    "uses_keys",
    "shares_stages",
    "wants_reminder",
    "reminder_weekday",
    "reminder_hour",
    "reminder_shows_next",
    "reminder_shows_under_way",
    "reminder_shows_posts",
)


# By what the file calls them.
ACCOUNT = {
    "email": "email",
    "name": "name",
    "role": "role",
    "joined_at": "date_joined",
    "last_signed_in_at": "last_login",
    "welcomed_at": "welcomed_at",
}


def settings(user: User) -> Iterator[Row]:
    yield tuple(getattr(user, name) for name in SETTINGS)


def account(user: User) -> Iterator[Row]:
    yield tuple(getattr(user, name) for name in ACCOUNT.values())


def suggestions(user: User) -> Iterator[Row]:
    columns = ("key", "url", "title", "why", "made_at", "state", "judged_at", "answer")
    yield from Suggestion.objects.of(user).order_by("pk").values_list(*columns)


def duties(user: User) -> Iterator[Row]:
    for duty in Duty.objects.filter(person=user):
        yield duty.slug, duty.what, duty.session, duty.get_weekday_display(), duty.frequency, duty.minutes


def reminders(user: User) -> Iterator[Row]:
    columns = ("week", "state", "claimed_at", "sent_at", "tries", "error")
    yield from Reminder.objects.filter(user=user).order_by("week").values_list(*columns)


def invitations(user: User) -> Iterator[Row]:
    columns = ("email", "role", "created_at", "sent_at", "accepted_at")
    yield from Invitation.objects.filter(accepted_by=user).values_list(*columns)


def sign_in_links(user: User) -> Iterator[Row]:
    links = SignInLink.objects.filter(user=user).order_by("created_at")
    yield from links.values_list("created_at", "expires_at", "used_at")


def sessions(user: User) -> Iterator[Row]:
    rows = UserSession.objects.filter(user=user).order_by("created_at")
    yield from rows.values_list("created_at", "last_seen_at", "ip", "user_agent")


def second_factors(user: User) -> Iterator[Row]:
    for factor in Authenticator.objects.filter(user=user).order_by("created_at"):
        yield factor.type, factor.data.get("name", ""), factor.created_at, factor.last_used_at


def connected_accounts(user: User) -> Iterator[Row]:
    rows = SocialAccount.objects.filter(user=user).order_by("date_joined")
    yield from rows.values_list("provider", "uid", "date_joined", "last_login")


def audit(user: User) -> Iterator[Row]:
    """Who it was is told by what they are: an admin's name is not the person's own, nor is that of who took a duty."""
    for record in AuditRecord.objects.filter(person=user).order_by("at", "pk"):
        by = "a command" if not record.actor_name else "you" if record.actor_id == user.pk else "an admin"
        details = record.details
        if "duties" in details:
            details = details | {"duties": [one["duty"] for one in details["duties"]]}
        yield record.at, record.action, by, details
