"""What the file holds: one table for each kind of thing that is kept about a person.

`covers` names the columns through which the database knows the person; a test holds them and LEFT_OUT against all
columns that there are.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from readinglist.operations.takeout import account_rows, reading_rows

Rows = Iterable[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` gives the values of `columns` for a person; `is_brought_in` where another instance takes them."""

    name: str
    title: Promise
    about: Promise
    columns: tuple[str, ...]
    rows: Callable[[User], Rows]
    covers: tuple[str, ...] = ()
    is_brought_in: bool = False


READING = (
    Table(
        "settings",
        _("Settings"),
        _("What you chose in your settings."),
        account_rows.SETTINGS,
        account_rows.settings,
        is_brought_in=True,
    ),
    Table(
        "path",
        _("Path"),
        _("The reading lists you chose, in their order. No line is the canon."),
        ("list", "title"),
        reading_rows.path,
        covers=("reading.Path.user",),
        is_brought_in=True,
    ),
    Table(
        "read_states",
        _("How far you are"),
        _("How far you are with works. A work without a line is unread."),
        (*reading_rows.WORK, *reading_rows.STATE),
        reading_rows.read_states,
        covers=("reading.ReadState.user",),
        is_brought_in=True,
    ),
    Table(
        "log",
        _("Log"),
        _("What you did, oldest first, and how far that brought you with a work."),
        ("at", "action", "minutes", *reading_rows.WORK, *reading_rows.SOURCE, *reading_rows.POST, *reading_rows.STATE),
        reading_rows.log,
        covers=("reading.Activity.user",),
        is_brought_in=True,
    ),
    Table(
        "notes",
        _("Notes"),
        _("What you wrote about works, private and shared."),
        (*reading_rows.WORK, "text", "is_shared", "created_at", "updated_at"),
        reading_rows.notes,
        covers=("reading.Note.author",),
        is_brought_in=True,
    ),
    Table(
        "follows",
        _("Follows"),
        _("The sources you follow, and the newest post you are caught up to."),
        (*reading_rows.SOURCE, "followed_at", "is_muted", *reading_rows.POST),
        reading_rows.follows,
        covers=("reading.Follow.user",),
        is_brought_in=True,
    ),
    Table(
        "post_states",
        _("Marks on posts"),
        _("Your marks on posts. A post without a line is untouched."),
        (*reading_rows.SOURCE, *reading_rows.POST, "opened_at", "read_at", "saved_at", "unread_from"),
        reading_rows.post_states,
        covers=("reading.PostState.user",),
        is_brought_in=True,
    ),
    Table(
        "timers",
        _("Clock"),
        _("A clock that you started on a work and have not stopped."),
        (*reading_rows.WORK, "started_at"),
        reading_rows.timers,
        covers=("reading.Timer.user",),
    ),
)

ACCOUNT = (
    Table(
        "account",
        _("Account"),
        _("Who you are here."),
        tuple(account_rows.ACCOUNT),
        account_rows.account,
        covers=("accounts.User_groups.user",),
    ),
    Table(
        "suggestions",
        _("Suggestions"),
        _("What you suggested for the catalogue, and what came of it."),
        ("key", "url", "title", "why", "made_at", "state", "judged_at", "answer"),
        account_rows.suggestions,
        covers=("curation.Suggestion.person",),
    ),
    Table(
        "duties",
        _("Duties"),
        _("What you look at for the team."),
        ("duty", "what", "session", "weekday", "frequency", "minutes"),
        account_rows.duties,
        covers=("week.Duty.person",),
    ),
    Table(
        "reminders",
        _("Weekly mails"),
        _("The weekly mails to you."),
        ("week", "state", "claimed_at", "sent_at", "tries", "error"),
        account_rows.reminders,
        covers=("reminders.Reminder.user",),
    ),
    Table(
        "invitations",
        _("Invitation"),
        _("How you were invited."),
        ("email", "role", "created_at", "sent_at", "accepted_at"),
        account_rows.invitations,
        covers=("accounts.Invitation.accepted_by",),
    ),
    Table(
        "sign_in_links",
        _("Sign-in links"),
        _("One-time links that were made for you; not what is secret in them."),
        ("created_at", "expires_at", "used_at"),
        account_rows.sign_in_links,
        covers=("accounts.SignInLink.user",),
    ),
    Table(
        "sessions",
        _("Sessions"),
        _("Where you are signed in."),
        ("created_at", "last_seen_at", "ip", "browser"),
        account_rows.sessions,
        covers=("usersessions.UserSession.user",),
    ),
    Table(
        "second_factors",
        _("Second factors"),
        _("Passkeys, apps and recovery codes that you sign in with: names and dates, not what is secret in them."),
        ("kind", "name", "created_at", "last_used_at"),
        account_rows.second_factors,
        covers=("mfa.Authenticator.user",),
    ),
    Table(
        "connected_accounts",
        _("Connected accounts"),
        _("Accounts elsewhere that sign you in here."),
        ("provider", "identity", "connected_at", "last_used_at"),
        account_rows.connected_accounts,
        covers=("socialaccount.SocialAccount.user",),
    ),
    Table(
        "audit",
        _("Audit log"),
        _("What was done to your account, and whether by you, an admin or a command of whoever runs the instance."),
        ("at", "action", "by", "details"),
        account_rows.audit,
        covers=("accounts.AuditRecord.person",),
    ),
)

TABLES = (*READING, *ACCOUNT)

_CATALOGUE = "The catalogue is the team's, and so is the history of its changes."
LEFT_OUT = {
    "accounts.AuditRecord.actor": "What an admin does to others is about them.",
    "accounts.Invitation.invited_by": "Whom you invited is about them.",
    "accounts.User_user_permissions.user": "Nobody is given single permissions: the role in “account” says all.",
    "account.EmailAddress.user": "This table stays empty: the address stands in “account”.",
    "admin.LogEntry.user": _CATALOGUE,
    "curation.Suggestion.judged_by": _CATALOGUE,
    "operations.Upload.user": "The file you brought in here: it is on your disk, and a day later gone from here.",
}
# So does, for the same reason, the column of this name in every table with a history.
LEFT_OUT_OF_HISTORY = "history_user"

# Of what stands about a person in the table of people.
LEFT_OUT_OF_USER = {
    "id": "A number of this instance.",
    "password": "Secret.",
    "is_active": "Who downloads this is active.",
    "is_staff": "The role says it.",
    "is_superuser": "The role says it.",
}
