"""People in the admin, for admins only."""

from typing import Any, cast

# Imported for what they register, which is taken out again below.
import allauth.account.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.forms.fields import ZoneField
from accounts.invitations import invite
from accounts.models import CURATORS_GROUP, Role, User
from accounts.roles import LastAdmin, deactivate, require_other_admin, set_role

admin.site.unregister([Group, EmailAddress])


class RoleField(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=Role.choices,
            widget=forms.RadioSelect,
            label=_("Role"),
            help_text=_("Everybody reads. Curators also manage the catalogue, admins the people too."),
            **kwargs,
        )


class AddPersonForm(forms.ModelForm):
    role = RoleField(initial=Role.READER)

    class Meta:
        model = User
        fields = ["email", "name"]


class ChangePersonForm(forms.ModelForm):
    role = RoleField()
    zone = ZoneField()

    class Meta:
        model = User
        fields = ["email", "name", "zone", "theme", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].initial = self.instance.role

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("role") != Role.ADMIN or not cleaned.get("is_active"):
            try:
                # The admin checks and saves in one transaction, which keeps the lock.
                require_other_admin([self.instance])
            except LastAdmin as error:
                raise ValidationError(str(error), code="last_admin") from error
        return cleaned


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
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["name", "email", "role", "is_active"]}),
        (_("Chosen by the person"), {"fields": ["zone", "theme"]}),
        (_("Seen"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "fields": ["email", "name", "role"],
                "description": _("A link to set a password is mailed to this address, and shown to you for copying."),
            },
        )
    ]

    # ------------------------------------------------------- who may come here

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is_admin(request)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self._is_admin(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._is_admin(request)

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

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = ChangePersonForm if obj else AddPersonForm
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        set_role(obj, form.cleaned_data["role"])
        if not change:
            transaction.on_commit(lambda: self._invite(request, obj))
        elif "email" in form.changed_data:
            # allauth keeps copies of addresses: the old one must not sign in or receive links any more.
            EmailAddress.objects.filter(user_id=obj.pk).delete()

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        with transaction.atomic():
            person = self.get_object(request, object_id)
            try:
                require_other_admin([person] if person else [])
            except LastAdmin as error:
                self.message_user(request, str(error), messages.ERROR)
                return redirect("admin:accounts_user_change", object_id)
            return super().delete_view(request, object_id, extra_context)

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
                text=_("They are signed out at once. What they have read and written stays, and you can undo this."),
                button=_("Yes, switch it off"),
            )
        try:
            count = deactivate(people)
        except LastAdmin as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        for person in people:
            self.log_change(request, person, str(_("Deactivated.")))
        told = ngettext(
            "Access is switched off for %(count)d person.", "Access is switched off for %(count)d people.", count
        )
        self.message_user(request, told % {"count": count}, messages.SUCCESS)
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
                self._invite(request, person)
            else:
                told = _("Access is switched off for %(name)s: no link was sent.") % {"name": person}
                self.message_user(request, told, messages.WARNING)

    def _invite(self, request: HttpRequest, person: User) -> None:
        """Mails the link and shows it."""
        invitation = invite(person, by=cast(User, request.user), now=timezone.now())
        told = _("The mail to {email} could not be sent. {name} is here all the same: hand this link over: {link}")
        if invitation.is_mailed and settings.EMAIL_BACKEND == "readinglist.mail.FolderBackend":
            told = _("No mail server is set up: the mail to {email} lies in {folder}. Hand this link over: {link}")
        elif invitation.is_mailed:
            told = _("A link to set a password was mailed to {email}. To hand it over yourself, copy it: {link}")
        link = format_html("<code>{}</code>", invitation.link.url)
        self.message_user(
            request,
            format_html(str(told), email=person.email, name=person, link=link, folder=settings.MAIL_FOLDER),
            messages.SUCCESS if invitation.is_mailed else messages.WARNING,
        )
