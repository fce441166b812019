"""The curators' forms: what is typed or pasted becomes a row, or a refusal that says what to do."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import DELETION_FIELD_NAME
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from readinglist.catalog import duplicates, identifiers
from readinglist.catalog.choices import Status
from readinglist.catalog.fields import (
    CategoriesField,
    CategoryField,
    LinesField,
    address_field,
    source_field,
    work_field,
)
from readinglist.catalog.models import Category, Entry, Feed, Identifier, ReadingList, Source, Step, StepEntry
from readinglist.catalog.seen import SeenForm


def circle_refusal(pk: int | None, part_of: Entry | Source | None, *, upwards: str = "part_of") -> str | None:
    """Why the row with this id cannot be a part of that one, if following `upwards` leads back to it."""
    seen: set[int | None] = {None}
    above: Any = part_of
    while above is not None and above.pk not in seen:
        if above.pk == pk:
            if above == part_of:
                return gettext("“%(name)s” is no part of itself.") % {"name": part_of}
            return gettext("“%(name)s” is itself a part of this. Take it out there first.") % {"name": part_of}
        seen.add(above.pk)
        above = getattr(above, upwards)
    return None


def address_refusal(pk: int | None, *, status: str, url: str | None) -> str | None:
    """Why a live work cannot be without address, if a step requires it."""
    if url or status != Status.LIVE or pk is None:
        return None
    place = StepEntry.objects.filter(entry=pk, required=True).select_related("step__list").first()
    if place is None:
        return None
    return gettext(
        "This work is required in “%(list)s”, step %(position)d, and what is required has an address."
        " Give it one, or make it a companion there first."
    ) % {"list": place.step.list, "position": place.step.position}


class CategoryForm(SeenForm):
    parent = CategoryField(label=_("inside"), required=False, empty_label=_("Nothing: it stands at the top"))

    class Meta:
        model = Category
        fields = ["name", "parent", "position", "description", "review_days"]


class SourceForm(SeenForm):
    url = address_field(label=_("Address"), required=False, empty_value=None)
    parent = source_field(label=_("part of"), required=False)
    categories = CategoriesField()

    class Meta:
        model = Source
        exclude = ["slug", "reviewed_at"]  # all else a curator may say

    def clean_parent(self) -> Source | None:
        parent: Source | None = self.cleaned_data["parent"]
        if refusal := circle_refusal(self.instance.pk, parent, upwards="parent"):
            raise ValidationError(refusal)
        return parent


class EntryForm(SeenForm):
    url = address_field(label=_("Address"), required=False, empty_value=None)
    authors = LinesField(label=_("authors"), help_text=_("One a line, as on the title page."))
    source = source_field(label=_("source"), required=False)
    part_of = work_field(label=_("part of"), required=False)
    categories = CategoriesField()

    class Meta:
        model = Entry
        exclude = ["slug", "superseded_by", "added_on", "reviewed_at"]  # all else a curator may say

    def clean_part_of(self) -> Entry | None:
        part_of: Entry | None = self.cleaned_data["part_of"]
        if refusal := circle_refusal(self.instance.pk, part_of):
            raise ValidationError(refusal)
        return part_of

    def clean_url(self) -> str | None:
        """Refuses the arXiv or DOI address of a work that is here already."""
        url: str | None = self.cleaned_data["url"]
        key = duplicates.key_in_address(url) if url and "url" in self.changed_data else None
        if key and (other := duplicates.holder(key, apart_from=self.instance.pk)):
            raise ValidationError(duplicates.refusal(key, other))
        return url

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"url", "status"} <= cleaned.keys() and {"url", "status"} & set(self.changed_data):
            refusal = address_refusal(self.instance.pk, status=cleaned["status"], url=cleaned["url"])
            if refusal:
                self.add_error("url", refusal)
        return cleaned


class ReadingListForm(SeenForm):
    class Meta:
        model = ReadingList
        fields = ["title", "description", "position"]


class IdentifierForm(forms.ModelForm):
    key = forms.CharField(
        label=_("identifier"),
        max_length=2000,
        help_text=_("Paste an arXiv, DOI or other address, or an ISBN."),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )

    class Meta:
        model = Identifier
        fields = ["key"]

    def clean_key(self) -> str:
        try:
            key = identifiers.key_of(self.cleaned_data["key"])
        except identifiers.NotAnIdentifier as error:
            raise ValidationError(str(error)) from error
        if other := duplicates.holder(key, apart_from=self.instance.entry_id):
            raise ValidationError(duplicates.refusal(key, other))
        return key


class FeedForm(forms.ModelForm):
    url = address_field(label=_("Feed address"))

    class Meta:
        model = Feed
        fields = ["url", "visit_minutes"]

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        other = Feed.objects.filter(url=url).exclude(pk=self.instance.pk).select_related("source").first()
        if other is not None:
            address = reverse("admin:catalog_source_change", args=[other.source_id])
            raise ValidationError(
                format_html(gettext("“<a href='{}'>{}</a>” has this feed already."), address, other.source.name)
            )
        return url

    def clean(self) -> dict[str, Any]:
        """Keeps a feed that has posts: Django's own refusal would load and list them all."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get(DELETION_FIELD_NAME) and self.instance.pk and self.instance.posts.exists():
            cleaned[DELETION_FIELD_NAME] = False
            self.add_error(None, _("This feed has posts, which are kept: retire the source instead."))
        return cleaned


class ListedWorkForm(forms.ModelForm):
    """What both ways of putting a work into a list check."""

    def check_work(self, work: Entry, *, list_id: int | None, step_entry_id: int | None, required: bool) -> None:
        if required:
            _check_required(work)
        if list_id is None:
            return
        place = StepEntry.objects.filter(list=list_id, entry=work).exclude(pk=step_entry_id or 0).select_related("step")
        if (standing := place.first()) is not None:
            raise ValidationError(
                _("“%(work)s” stands in this list already, in step %(position)d.")
                % {"work": work, "position": standing.step.position}
            )


def _check_required(work: Entry) -> None:
    """Refuses what no reader can read, or should not any more."""
    words = {"work": work, "newest": work.superseded_by}
    if work.superseded_by is not None:
        raise ValidationError(_("“%(work)s” is superseded by “%(newest)s”. Put that one in instead.") % words)
    if work.status == Status.DRAFT:
        raise ValidationError(_("“%(work)s” is a draft, so it cannot be required. Make it live first.") % words)
    if work.status != Status.LIVE:
        raise ValidationError(
            _("“%(work)s” is retired, so it cannot be required. Choose another, or make it live again.") % words
        )
    if not work.url:
        raise ValidationError(
            _("“%(work)s” has no address, so it cannot be required. Give it one, or make it a companion.") % words
        )


class StepForm(ListedWorkForm):
    """A step's place, and a work to put into it."""

    place = forms.DecimalField(
        label=_("place"),
        required=False,
        show_hidden_initial=True,
        min_value=Decimal(0),
        max_value=Decimal(100_000),
        widget=forms.NumberInput(attrs={"step": "any", "class": "place"}),
        help_text=_("1.5 stands between 1 and 2; the steps are numbered again when you save."),
    )
    work = work_field(label=_("add a required work"), required=False)

    class Meta:
        model = Step
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["place"] = self.instance.position

    @property
    def stood(self) -> int | None:
        """Where the step stood when the form was opened, as far as the form says so."""
        seen = self.data.get(self["place"].html_initial_name, "")
        return int(seen) if seen.isdecimal() else self.instance.position

    @property
    def is_moved(self) -> bool:
        """Whether a place was typed that is another than the one that was shown."""
        place = self.cleaned_data.get("place")
        return place is not None and place != self.stood

    def clean_work(self) -> Entry | None:
        work: Entry | None = self.cleaned_data["work"]
        if work is not None:
            self.check_work(work, list_id=self.instance.list_id, step_entry_id=None, required=True)
        elif not self.instance.pk:
            raise ValidationError(_("Say which work the new step asks for."))
        return work


class StepFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        seen = set()
        for form in self.forms:
            work = getattr(form, "cleaned_data", {}).get("work")
            if work is not None and work in seen:
                raise ValidationError(_("“%(work)s” is named twice.") % {"work": work})
            seen.add(work)
        self._refuse_stale_order()

    def _refuse_stale_order(self) -> None:
        """Two orders cannot both be kept; saving once more, with the order of now in sight, takes this one."""
        rows: list[Any] = self.forms
        kept = [form for form in rows if hasattr(form, "cleaned_data") and not form.cleaned_data.get("DELETE")]
        standing = [form for form in kept if form.instance.pk]
        if all(form.stood == form.instance.position for form in standing) or not any(form.is_moved for form in kept):
            return
        data: Any = self.data
        data = data.copy()
        for form in standing:
            data[form["place"].html_initial_name] = str(form.instance.position)
        for form in rows:
            form.data = data
        raise ValidationError(
            format_html(
                gettext(
                    "Somebody else has put these steps into another order in the meantime, so nothing is saved yet."
                    " What you typed is still here: save again to have your places,"
                    " or <a href='{}'>open the list anew</a> to keep theirs."
                ),
                reverse("admin:catalog_readinglist_change", args=[self.instance.pk]),
            )
        )


class StepEntryForm(ListedWorkForm):
    entry = work_field(label=_("work"))

    class Meta:
        model = StepEntry
        fields = ["entry", "required"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        work = cleaned.get("entry")
        if work is not None and self.changed_data:
            try:
                self.check_work(
                    work,
                    list_id=self.instance.step.list_id if self.instance.step_id else None,
                    step_entry_id=self.instance.pk,
                    required=bool(cleaned.get("required")),
                )
            except ValidationError as error:
                self.add_error("entry", error)
        return cleaned


class StepEntryFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        works = [form.cleaned_data.get("entry") for form in self.forms if hasattr(form, "cleaned_data")]
        kept = [form for form in self.forms if getattr(form, "cleaned_data", {}).get("entry")]
        kept = [form for form in kept if not form.cleaned_data.get("DELETE")]
        if not any(self.errors) and works and not kept:
            raise ValidationError(_("A step has at least one work. To take the step away, delete it in its list."))
        if not any(self.errors) and kept and not any(form.cleaned_data.get("required") for form in kept):
            raise ValidationError(_("A step requires at least one of its works; companions are offered beside it."))
        chosen = [form.cleaned_data["entry"] for form in kept]
        if len(set(chosen)) < len(chosen):
            raise ValidationError(_("The same work is named twice."))


class SuccessorForm(forms.Form):
    successor = work_field(label=_("superseded by"))


class CategoryChoiceForm(forms.Form):
    category = CategoryField(label=_("category"), empty_label=_("Choose a category"))
