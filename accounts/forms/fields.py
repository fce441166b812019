"""What the forms of people share: an error is found without looking for it."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import default_zone, zones

if TYPE_CHECKING:
    FormBase = forms.BaseForm
else:
    FormBase = object

PASSWORD_HINT = _("At least ten characters. Four words in a row are long and easy to remember.")


class FocusedForm(FormBase):
    """Puts the cursor where there is something to do: into the first wrong field, else into `first`.

    Django itself ties errors and hints to their fields (`aria-invalid`, `aria-describedby`).
    """

    first = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self._focus(self.first)

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self.errors:
            self._focus(next((name for name in self.fields if name in self.errors), self.first))

    def _focus(self, focused: str) -> None:
        for name, field in self.fields.items():
            field.widget.attrs.pop("autofocus", None)
            if name == focused:
                field.widget.attrs["autofocus"] = True


class ZoneField(forms.ChoiceField):
    """A time zone, chosen from a list by continent."""

    def __init__(self) -> None:
        super().__init__(
            choices=zone_choices,
            initial=default_zone,
            label=_("Time zone"),
            help_text=_("Days and weeks begin by this clock."),
        )


def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every zone under the first part of its name: places first, clocks like UTC at the end."""
    places: dict[str, list[tuple[str, str]]] = {}
    clocks = []
    for zone in sorted(zones()):
        continent, slash, _place = zone.partition("/")
        if slash and continent != "Etc":
            places.setdefault(continent, []).append((zone, zone.replace("_", " ")))
        else:
            clocks.append((zone, zone))
    return [*places.items(), (gettext("Clocks"), clocks)]
