"""What admins and curators do to people and roles, in lines that are never rewritten."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class AuditRecord(models.Model):
    """Who did what to whom, and when. Names stay when people go; a trigger lets nothing else change."""

    class Action(models.TextChoices):
        INVITED = "invited", _("invited")
        RESENT = "resent", _("sent the invitation again")
        REVOKED = "revoked", _("revoked the invitation")
        JOINED = "joined", _("joined")
        ROLE = "role", _("changed the role")
        EMAIL = "email", _("changed the address")
        RENAMED = "renamed", _("changed the name")
        DEACTIVATED = "deactivated", _("switched access off")
        ACTIVATED = "activated", _("switched access on")
        LINK = "link", _("made a link")
        SECOND_FACTOR = "second_factor", _("took away the second factor")
        DUTIES = "duties", _("handed duties over")
        DELETED = "deleted", _("deleted")

    at = models.DateTimeField(_("when"))
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("who"))
    actor_name = models.CharField(
        _("who"), max_length=400, blank=True, help_text=_("Name and address then; empty for a command of manage.py.")
    )
    action = models.CharField(_("what"), max_length=20, choices=Action)
    person = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("whom"))
    person_name = models.CharField(_("whom"), max_length=400, help_text=_("Name and address then."))
    details = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        verbose_name = _("record of the audit log")
        verbose_name_plural = _("audit log")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest_first"),
            models.Index(fields=["person", "-at"], name="audit_of_a_person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    action__in=[
                        "invited",
                        "resent",
                        "revoked",
                        "joined",
                        "role",
                        "email",
                        "renamed",
                        "deactivated",
                        "activated",
                        "link",
                        "second_factor",
                        "duties",
                        "deleted",
                    ]
                ),
                name="audit_action_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name or 'manage.py'} {self.get_action_display()} {self.person_name}"
