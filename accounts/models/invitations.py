"""Who is asked to join: one open invitation per address."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Role, User
from accounts.models.sign_in_links import hash_token

LOST_AFTER = timedelta(minutes=20)  # longer than any task lasts: whoever began to mail it then is gone


class InvitationState(models.TextChoices):
    """What has become of an invitation; by its dates, not a column."""

    OPEN = "open", _("Waiting for an answer")
    EXPIRED = "expired", _("Expired")
    ACCEPTED = "accepted", _("Accepted")
    REVOKED = "revoked", _("Taken back")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Neither accepted nor revoked; those whose time is over can be sent again."""
        return self.filter(accepted_at=None, revoked_at=None)

    def usable(self, now: datetime) -> "InvitationQuerySet":
        """Open, and not too old."""
        return self.open().filter(expires_at__gt=now)

    def expired(self, now: datetime) -> "InvitationQuerySet":
        return self.open().filter(expires_at__lte=now)

    def to_mail(self, now: datetime) -> "InvitationQuerySet":
        """Those whose mail has to go out and is in nobody's hands."""
        is_free = Q(tried_at=None) | Q(tried_at__lt=now - LOST_AFTER)
        return self.usable(now).filter(is_free, mail=Invitation.Mail.WAITING)

    def with_failed_mail(self, now: datetime) -> "InvitationQuerySet":
        return self.usable(now).filter(mail=Invitation.Mail.FAILED)

    def in_state(self, state: str, now: datetime) -> "InvitationQuerySet":
        """Those whose `state(now)` is this one."""
        if state == InvitationState.ACCEPTED:
            return self.filter(accepted_at__isnull=False)
        if state == InvitationState.REVOKED:
            return self.filter(revoked_at__isnull=False)
        return self.usable(now) if state == InvitationState.OPEN else self.expired(now)

    def with_token(self, token: str) -> "InvitationQuerySet":
        return self.filter(token_hash=hash_token(token))


class Invitation(models.Model):
    """An address that may join, with the role it joins with.

    Its token is made when it is mailed, or handed over by an admin, and is nowhere else; each new one ends the last.
    """

    class Mail(models.TextChoices):
        WAITING = "waiting", _("not mailed yet")
        SENT = "sent", _("mailed")
        FAILED = "failed", _("not mailed")
        BY_HAND = "by_hand", _("handed over as a link")

    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.READER)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(_("invited"))
    mail = models.CharField(_("mail"), max_length=10, choices=Mail, default=Mail.WAITING)
    mail_error = models.CharField(_("why it was not mailed"), max_length=400, blank=True)
    tried_at = models.DateTimeField(_("last tried to mail"), null=True, blank=True)
    sent_at = models.DateTimeField(_("mailed"), null=True, blank=True, help_text=_("Null where no mail went out."))
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.OneToOneField(
        User, models.SET_NULL, null=True, blank=True, related_name="invitation", verbose_name=_("joined as")
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=Q(accepted_at=None, revoked_at=None), name="invitation_open_once_an_address"
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="invitation_email_is_in_small_letters"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_is_known"),
            models.CheckConstraint(
                condition=Q(mail__in=["waiting", "sent", "failed", "by_hand"]), name="invitation_mail_is_known"
            ),
            models.CheckConstraint(
                condition=Q(mail="sent", sent_at__isnull=False) | (~Q(mail="sent") & Q(sent_at=None)),
                name="invitation_sent_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(mail_error="") | Q(mail="failed"), name="invitation_error_of_a_failed_mail"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="invitation_expires_later"),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(revoked_at=None), name="invitation_accepted_or_revoked"
            ),
            models.CheckConstraint(
                condition=Q(accepted_by=None) | Q(accepted_at__isnull=False), name="invitation_accepted_by_has_a_date"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def state(self, now: datetime) -> str:
        """A value of `InvitationState`."""
        if self.accepted_at:
            return InvitationState.ACCEPTED.value
        if self.revoked_at:
            return InvitationState.REVOKED.value
        return (InvitationState.OPEN if self.expires_at > now else InvitationState.EXPIRED).value
