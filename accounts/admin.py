"""People and the audit log in the admin, for admins only."""

from typing import Any, cast

# Imported for what they register, which is taken out again below.
import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin
import allauth.usersessions.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.auth.models import Group
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import access, audit, links
from accounts.forms.people import ChangePersonForm
from accounts.models import CURATORS_GROUP, AuditRecord, Role, User
from accounts.roles import LastAdmin, set_role

Action = AuditRecord.Action

# Factors and sessions are the person's own: no admin reads their secrets and keys.
admin.site.unregister([Group, EmailAddress, Authenticator, UserSession, SocialAccount, SocialApp, SocialToken])


class RoleFilter(admin.SimpleListFilter):
    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[Any, Any]]:
        return list(Role.choices)

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[User]) -> models.QuerySet[User]:
        curates = models.Q(is_staff=True, is_superuser=False, pk__in=User.objects.filter(groups__name=CURATORS_GROUP))
        if self.value() == Role.ADMIN:
            return queryset.filter(is_superuser=True)
        if self.value() == Role.CURATOR:
            return queryset.filter(curates)
        if self.value() == Role.READER:
            return queryset.filter(is_superuser=False).exclude(curates)
        return queryset


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["name", "email", "shown_role", "is_active", "last_login"]
    list_display_links = ["name", "email"]
    list_filter = [RoleFilter, "is_active", "last_login"]
    search_fields = ["name", "email"]
    ordering = ["name", "pk"]
    actions = ["deactivate_people", "send_links"]
    form = ChangePersonForm
    readonly_fields = ["is_active", "zone", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["name", "email", "role", "is_active"]}),
        (_("Seen"), {"fields": ["zone", "last_login", "date_joined"]}),
    ]

    # ------------------------------------------------------- who may come here

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is_admin(request)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self._is_admin(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # people are invited: see /people/

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self._is_admin(request)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self._is_admin(request)

    def _is_admin(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser

    # --------------------------------------------------------- list and forms

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("role"))
    def shown_role(self, user: User) -> str:
        return str(Role(user.role).label)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        by, now = cast(User, request.user), timezone.now()
        for field, action in (("email", Action.EMAIL), ("name", Action.RENAMED)):
            if field in form.changed_data:
                obj.save(update_fields=[field])  # the person may be setting a password just now
                words = {"before": form.initial[field], "after": getattr(obj, field)}
                audit.record(action, actor=by, person=obj, now=now, **words)
        set_role(obj, form.cleaned_data["role"], by=by, now=now)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Deleting asks more than the admin does: on the page where somebody leaves."""
        person = self.get_object(request, object_id)
        if person is None or not self.has_delete_permission(request, person):
            raise Http404
        return redirect("week:leaving", person.pk)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # People are deactivated; deleting one takes a look at that one.
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    # ---------------------------------------------------------------- actions

    @admin.action(description=_("Switch their access off…"))
    def deactivate_people(self, request: HttpRequest, people: models.QuerySet[User]) -> HttpResponse | None:
        if not request.POST.get("confirmed"):
            return self._confirm(
                request,
                people,
                action="deactivate_people",
                title=_("Switch off access for these people?"),
                text=_(
                    "They are signed out at once. What they have read and written stays, and you can undo this. "
                    "Their duties are handed over on the page of each."
                ),
                button=_("Yes, switch it off"),
            )
        try:
            off = access.switch_off(people, by=cast(User, request.user), now=timezone.now())
        except LastAdmin as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        for person in off:
            self.log_change(request, person, str(_("Deactivated.")))
        told = ngettext(
            "Access is switched off for %(count)d person.", "Access is switched off for %(count)d people.", len(off)
        )
        self.message_user(request, told % {"count": len(off)}, messages.SUCCESS)
        return None

    @admin.action(description=_("Send a new set-password link…"))
    def send_links(self, request: HttpRequest, people: models.QuerySet[User]) -> HttpResponse | None:
        if not request.POST.get("confirmed"):
            return self._confirm_links(request, people, url="")
        self._send_links(request, people)
        return None

    def get_urls(self) -> list[URLPattern]:
        one = path(
            "<path:object_id>/send-link/",
            self.admin_site.admin_view(self.send_link_view),
            name="accounts_user_send_link",
        )
        return [one, *super().get_urls()]

    def send_link_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The action for one person, from their page."""
        person = self.get_object(request, object_id)
        if person is None or not self.has_change_permission(request, person):
            raise Http404
        people = User.objects.filter(pk=person.pk)
        if request.method != "POST":
            return self._confirm_links(request, people, url=reverse("admin:accounts_user_change", args=[person.pk]))
        self._send_links(request, people)
        return redirect("admin:accounts_user_change", person.pk)

    def _confirm_links(self, request: HttpRequest, people: models.QuerySet[User], *, url: str) -> HttpResponse:
        return self._confirm(
            request,
            people,
            action="send_links",
            title=_("Send a new set-password link?"),
            text=_("It is mailed, and shown to you for copying. The current password keeps working until then."),
            button=_("Yes, send it"),
            back=url,
        )

    def _confirm(
        self, request: HttpRequest, people: models.QuerySet[User], *, action: str, back: str = "", **words: Any
    ) -> HttpResponse:
        context = self.admin_site.each_context(request) | words
        context |= {
            "people": people,
            "action": action,
            "opts": self.opts,
            "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
            "back": back or reverse("admin:accounts_user_changelist"),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/accounts/user/confirm.html", context)

    def _send_links(self, request: HttpRequest, people: models.QuerySet[User]) -> None:
        for person in people:
            if person.is_active:
                self.log_change(request, person, str(_("Sent a new set-password link.")))
                self._send_link(request, person)
            else:
                told = _("Access is switched off for %(name)s: no link was sent.") % {"name": person}
                self.message_user(request, told, messages.WARNING)

    def _send_link(self, request: HttpRequest, person: User) -> None:
        """Mails the link and shows it."""
        sent = links.mail_password_link(person, by=cast(User, request.user), now=timezone.now())
        told = _("The mail to {email} could not be sent. Hand this link over: {link}")
        if sent.is_mailed and settings.EMAIL_BACKEND == "readinglist.mail.FolderBackend":
            told = _("No mail server is set up: the mail to {email} lies in {folder}. Hand this link over: {link}")
        elif sent.is_mailed:
            told = _("A link to set a password was mailed to {email}. To hand it over yourself, copy it: {link}")
        link = format_html("<code>{}</code>", sent.link.url)
        self.message_user(
            request,
            format_html(str(told), email=person.email, link=link, folder=settings.MAIL_FOLDER),
            messages.SUCCESS if sent.is_mailed else messages.WARNING,
        )


@admin.register(AuditRecord)
class AuditRecordAdmin(admin.ModelAdmin):
    """To be read, by admins alone."""

    list_display = ["at", "who", "action", "person_name", "told"]
    list_display_links = None
    list_filter = ["action", "at"]
    date_hierarchy = "at"
    search_fields = ["actor_name", "person_name"]

    @admin.display(description=_("who"), ordering="actor_name")
    def who(self, record: AuditRecord) -> str:
        return record.actor_name or "manage.py"

    @admin.display(description=_("details"))
    def told(self, record: AuditRecord) -> str:
        return audit.told(record)

    def has_view_permission(self, request: HttpRequest, obj: AuditRecord | None = None) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditRecord | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditRecord | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))
