"""The rules a week is made of, in the admin: plain rows without history."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import AuditRecord, User
from readinglist.catalog.admin.base import SluggedAdmin
from readinglist.catalog.choices import Stream
from readinglist.catalog.fields import LinesField, SourcesField, address_field
from readinglist.week.models import CadenceRule, ContributionPath, Duty


class WeekForm(forms.ModelForm):
    """A form whose boxes for sources show the chosen ones first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, SourcesField) and self.instance.pk:
                field.put_first(getattr(self.instance, name).all())


class CadenceRuleForm(WeekForm):
    streams = forms.MultipleChoiceField(
        label=_("Streams"), choices=Stream.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    sources = SourcesField(label=_("Sources"))

    class Meta:
        model = CadenceRule
        exclude = ["slug"]  # noqa: DJ006 - all that a curator may say


class DutyForm(WeekForm):
    sources = SourcesField(label=_("Sources"))

    class Meta:
        model = Duty
        exclude = ["slug"]  # noqa: DJ006 - all that a curator may say

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who has left may still stand there, but nothing new falls to them.
        can = Q(is_active=True) | Q(pk=self.instance.person_id)
        self.fields["person"].queryset = User.objects.filter(can)  # type: ignore[attr-defined]


class ContributionPathForm(WeekForm):
    url = address_field(label=_("Address"), required=False, empty_value=None)
    examples = LinesField(label=_("Examples"), help_text=_("One a line."))
    targets = LinesField(label=_("Targets"), help_text=_("Where to: one a line."))
    target_sources = SourcesField(label=_("Sources to contribute to"))

    class Meta:
        model = ContributionPath
        exclude = ["slug"]  # noqa: DJ006 - all that a curator may say


class WeekAdmin(SluggedAdmin):
    slug_from = name_field = "what"


@admin.register(CadenceRule)
class CadenceRuleAdmin(WeekAdmin):
    form = CadenceRuleForm
    list_display = ["what", "frequency", "per_period", "minutes", "audience", "position", "is_active"]
    list_editable = ["per_period", "minutes", "position", "is_active"]
    list_filter = ["is_active", "frequency", "audience", "depth"]
    search_fields = ["what", "slug", "sources__name"]
    fieldsets = [
        (None, {"fields": ["what", "slug", "audience", "is_active", "position"]}),
        (_("How much and how often"), {"fields": ["frequency", "per_period", "minutes", "depth"]}),
        (_("From where"), {"fields": ["streams", "sources"]}),
    ]


@admin.register(Duty)
class DutyAdmin(WeekAdmin):
    form = DutyForm
    list_display = ["what", "weekday", "session", "minutes", "frequency", "who", "person", "is_active"]
    list_select_related = ["person"]
    list_editable = ["minutes", "is_active"]
    list_filter = ["is_active", "weekday", "frequency"]
    search_fields = ["what", "session", "who", "person__name", "person__email", "sources__name"]
    fieldsets = [
        (None, {"fields": ["what", "slug", "session", "who", "person", "is_active"]}),
        (_("When"), {"fields": ["weekday", "frequency", "minutes"]}),
        (_("What is looked at"), {"fields": ["sources"]}),
    ]

    def save_model(self, request: HttpRequest, obj: Duty, form: DutyForm, change: bool) -> None:
        """To whom a duty falls is something done to people: the audit log says so."""
        super().save_model(request, obj, form, change)
        if "person" not in form.changed_data:
            return
        held_by = form.initial.get("person")
        before = User.objects.filter(pk=held_by).first() if held_by else None
        told = [{"duty": obj.what, "to": audit.name_of(obj.person) if obj.person else ""}]
        by, now = cast(User, request.user), timezone.now()
        audit.record(AuditRecord.Action.DUTIES, actor=by, person=before or obj.person, now=now, duties=told)


@admin.register(ContributionPath)
class ContributionPathAdmin(WeekAdmin):
    form = ContributionPathForm
    slug_from = name_field = "title"
    list_display = ["title", "output", "position"]
    list_editable = ["position"]
    search_fields = ["title", "description", "output"]
    fieldsets = [
        (None, {"fields": ["title", "slug", "position", "output", "description", "url"]}),
        (_("For example"), {"fields": ["examples", "targets", "target_sources"]}),
    ]
