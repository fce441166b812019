"""What people choose for themselves, on the settings page and at the first visit."""

from collections.abc import Iterator
from datetime import time
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.forms.boundfield import BoundWidget
from django.utils.formats import time_format
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import FocusedForm, ZoneField
from accounts.models import LONGEST_WEEK, SHORTEST_WEEK, User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ANOTHER = "another"


def hours() -> list[tuple[int, str]]:
    return [(hour, time_format(time(hour), "TIME_FORMAT")) for hour in range(24)]


class MinutesField(forms.IntegerField):
    """A weekly budget."""

    def __init__(self, **kwargs: Any) -> None:
        told = _("Write a whole number of minutes from 15 to 2400.")
        super().__init__(
            min_value=SHORTEST_WEEK,
            max_value=LONGEST_WEEK,
            widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), told),
            **kwargs,
        )


class SettingsForm(FocusedForm, forms.ModelForm):
    """All of it at once; the page groups it under headings."""

    zone = ZoneField()
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("They differ in how dates and times are written.")
    )
    weekly_minutes = MinutesField(
        label=_("Minutes a week"), help_text=_("How long you want to read in a week, for example 180 for 3 hours.")
    )
    reminder_hour = forms.TypedChoiceField(label=_("Hour"), choices=hours, coerce=int)

    class Meta:
        model = User
        fields = [
            "name",
            "zone",
            "language",
            "theme",
            "weekly_minutes",
            "wants_reminder",
            "reminder_weekday",
            "reminder_hour",
            "reminder_shows_next",
            "reminder_shows_under_way",
            "reminder_shows_posts",
            "shares_stages",
            "uses_keys",
        ]
        labels = {
            "wants_reminder": _("Send me one mail a week"),
            "reminder_weekday": _("Day"),
            "reminder_shows_next": _("What is next"),
            "reminder_shows_under_way": _("What is under way"),
            "reminder_shows_posts": _("What is new from what I follow"),
            "shares_stages": _("Teammates see my stages"),
            "uses_keys": _("Use single keys as shortcuts"),
        }
        help_texts = {
            "reminder_hour": "",
            "reminder_weekday": "",
            "shares_stages": _(
                "On lists and works: what you want to read, are reading, have read and when, and left out; and "
                "among the number of those who follow a source. Never your inbox, your minutes, how far you are in a "
                "work, or your private notes."
            ),
            "uses_keys": _("For example / to search, and j and k in the inbox. Off, letters do nothing by themselves."),
        }
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"}), "theme": forms.RadioSelect}


class ZoneForm(FocusedForm, forms.ModelForm):
    """The first question of the first visit, which says itself what it is for."""

    first = "zone"

    zone = ZoneField()

    class Meta:
        model = User
        fields = ["zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].help_text = ""


class BudgetForm(FocusedForm, forms.Form):
    """The second: one of some usual amounts, or another."""

    AMOUNTS = (
        ("120", _("2 hours"), _("a paper, two posts")),
        ("180", _("3 hours"), _("a paper, a post a day")),
        ("270", _("4 hours 30"), _("the communities too")),
        (ANOTHER, _("Another amount"), _("in minutes, below")),
    )

    amount = forms.ChoiceField(
        label=_("Weekly budget"),
        choices=[(value, label) for value, label, _what in AMOUNTS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an amount, or skip the question.")},
    )
    minutes = MinutesField(label=_("Minutes a week"), required=False)

    def __init__(self, *args: Any, current: int, **kwargs: Any) -> None:
        """`current` is the reader's budget as it is."""
        is_usual = any(value == str(current) for value, _label, _what in self.AMOUNTS)
        initial = {"amount": current} if is_usual else {"amount": ANOTHER, "minutes": current}
        super().__init__(*args, initial=initial, **kwargs)

    def amounts(self) -> Iterator[tuple[BoundWidget, "StrOrPromise"]]:
        """Each to choose, with what fits in it."""
        return zip(self["amount"], (what for _value, _label, what in self.AMOUNTS), strict=True)

    @property
    def weekly_minutes(self) -> int:
        """Of a valid form."""
        amount = self.cleaned_data["amount"]
        return int(self.cleaned_data["minutes"] if amount == ANOTHER else amount)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        amount, minutes = cleaned.get("amount"), cleaned.get("minutes")
        if "minutes" in self.errors:
            return cleaned
        if amount == ANOTHER and minutes is None:
            self.add_error("minutes", _("Write how many minutes a week, or choose one of the amounts above."))
        elif amount and amount != ANOTHER and "minutes" in self.changed_data and minutes is not None:
            self.add_error("minutes", _("Choose “Another amount” to use these minutes, or leave the field empty."))
        return cleaned
