"""Form fields of the curators' forms: lists of lines, rows chosen by name, categories as a tree."""

import re
from typing import Any

from django import forms
from django.contrib.postgres.search import TrigramSimilarity
from django.core.exceptions import ValidationError
from django.db.models import Case, Model, QuerySet, Value, When
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from readinglist.catalog import identifiers, tree
from readinglist.catalog.models import Category, Entry, Source

MAX_TEXT = 20_000
_SLUG_AT_END = re.compile(r"\[([-\w]+)\]\s*$")


class LinesField(forms.CharField):
    """A list of strings, one a line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"max_length": MAX_TEXT, "required": False} | kwargs | {"label": capfirst(kwargs.get("label", ""))}
        )

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text: str = super().clean(value)
        return [" ".join(line.split()) for line in text.splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        lines = [" ".join(line.split()) for line in (data or "").splitlines() if line.strip()]
        return lines != (initial or [])


def address_field(**kwargs: Any) -> forms.URLField:
    """A web address; without a scheme it is meant as https."""
    widget = forms.URLInput(attrs={"class": "vTextField"})
    return forms.URLField(assume_scheme="https", max_length=500, widget=widget, **kwargs)


class NamedField(forms.ModelChoiceField):
    """One row, chosen by its name: typed, completed by static/js/admin-names.js, or by a pasted address of the work.

    A select of all rows would be long, and Django's own completing select shows nothing without JavaScript.
    """

    widget = forms.TextInput

    def __init__(self, queryset: QuerySet[Any], *, name: str, **kwargs: Any) -> None:
        self.name_field = name
        self.named = queryset.model
        kwargs.setdefault("help_text", _("Write a part of its name and choose."))
        kwargs["label"] = capfirst(kwargs.get("label", ""))
        super().__init__(queryset, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        model = self.named._meta
        return {
            "data-names": f"{model.app_label}/{model.model_name}/names/",
            "autocomplete": "off",
            "maxlength": 500,
            "class": "vTextField",
        }

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            value = self._rows().filter(pk=value).first()
        return label_of(value, self.name_field) if isinstance(value, Model) else value

    def to_python(self, value: Any) -> Any:
        text = " ".join(str(value or "").split())
        if not text:
            return None
        row = self._find(text)
        if row is None:
            raise ValidationError(self._unknown(text), code="invalid_choice")
        return row

    def _rows(self) -> QuerySet[Any]:
        return self.queryset.all()  # type: ignore[union-attr]

    def _find(self, text: str) -> Any:
        if "\x00" in text:
            return None
        if match := _SLUG_AT_END.search(text):
            return self._rows().filter(slug=match[1]).first()
        same_name = list(self._rows().filter(**{f"{self.name_field}__iexact": text})[:2])
        if len(same_name) == 1:
            return same_name[0]
        return self._rows().filter(slug=text).first() or self._known_by(text)

    def _known_by(self, text: str) -> Any:
        """The entry with the pasted identifier."""
        if self.named is not Entry:
            return None
        try:
            key = identifiers.key_of(text)
        except identifiers.NotAnIdentifier:
            return None
        return self._rows().filter(identifiers__key=key).first()

    def _unknown(self, text: str) -> Any:
        text = text[:100].replace("\x00", "")
        near = self._rows().annotate(near=TrigramSimilarity(self.name_field, text)).filter(near__gt=0.2)
        row = near.order_by("-near").first()
        if row is None:
            return _("Nothing is called “%(text)s”.") % {"text": text}
        label = label_of(row, self.name_field)
        return _("Nothing, or more than one, is called “%(text)s”. Did you mean: %(label)s") % {
            "text": text,
            "label": label,
        }


def label_of(row: Any, name_field: str) -> str:
    """The name as it stands in the field, with the slug that makes it unmistakable."""
    return f"{getattr(row, name_field)} [{row.slug}]"


def work_field(**kwargs: Any) -> NamedField:
    kwargs.setdefault("help_text", _("Write a part of its title and choose, or paste its address."))
    return NamedField(Entry.objects.all(), name="title", **kwargs)


def source_field(**kwargs: Any) -> NamedField:
    return NamedField(Source.objects.all(), name="name", **kwargs)


class CategoriesField(forms.ModelMultipleChoiceField):
    """Boxes to tick, in the order of the tree."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Category.objects.all(), **{"required": False, "label": capfirst(_("categories"))} | kwargs)
        self.queryset = tree.in_order(Category.objects.all())

    def label_from_instance(self, obj: Category) -> str:
        return tree.label(obj)


class SourcesField(forms.ModelMultipleChoiceField):
    """Boxes to tick; `put_first` brings the chosen ones to the top."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Source.objects.all(), **{"required": False} | kwargs)

    def put_first(self, chosen: QuerySet[Source]) -> None:
        is_chosen = Case(When(pk__in=chosen.values("pk"), then=Value(0)), default=Value(1))
        self.queryset = Source.objects.order_by(is_chosen, "name", "pk")


class CategoryField(forms.ModelChoiceField):
    """One category, in the order of the tree."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Category.objects.all(), **kwargs | {"label": capfirst(kwargs.get("label", ""))})
        self.queryset = tree.in_order(Category.objects.all())

    def label_from_instance(self, obj: Category) -> str:
        return tree.label(obj)
