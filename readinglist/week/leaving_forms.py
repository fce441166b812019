"""Forms of the page on which somebody leaves."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from readinglist.week.models import Duty


class HandOverForm(forms.Form):
    """To whom each duty of somebody falls; who is named for all gets those for which nobody is."""

    all: forms.ModelChoiceField = forms.ModelChoiceField(
        None, label=_("All of them to"), required=False, empty_label=_("Each as below")
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = User.objects.filter(is_active=True).exclude(pk=person.pk)
        self.fields["all"].queryset = others  # type: ignore[attr-defined]
        self.duties = list(Duty.objects.filter(person=person))
        for duty in self.duties:
            self.fields[_name_of(duty)] = forms.ModelChoiceField(
                others, label=duty.what, required=False, empty_label=_("Nobody yet")
            )

    def lines(self) -> Iterator[tuple[Duty, forms.BoundField]]:
        return ((duty, self[_name_of(duty)]) for duty in self.duties)

    def chosen(self) -> dict[int, User | None]:
        """Of a valid form: to whom each duty goes, by its id."""
        of_all = self.cleaned_data["all"]
        return {duty.pk: self.cleaned_data[_name_of(duty)] or of_all for duty in self.duties}


class DeletePersonForm(forms.Form):
    """Deleting cannot be undone, so the address of the person is typed."""

    email = forms.CharField(
        label=_("Their e-mail address"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"]
        if typed.strip().lower() != self.person.email:
            raise ValidationError(_("This is not the address of %(name)s."), params={"name": self.person})
        return typed


def _name_of(duty: Duty) -> str:
    return f"duty_{duty.pk}"
