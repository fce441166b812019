"""A form that knows what it showed: what somebody else has changed since, and one did not touch, stays as it is now."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from django import forms
from django.db.models import Model
from django.utils.translation import gettext as _


class SeenField(forms.CharField):
    """A short sum of each value that was shown; no row has such a column, so it never counts as changed."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class SeenForm(forms.ModelForm):
    """Of a row that was changed meanwhile: what was not touched is theirs, what was touched by both is asked about."""

    seen = SeenField(required=False, max_length=2000, label="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen"] = " ".join(f"{name}={sum_}" for name, sum_ in self._sums_now().items())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        shown = dict(pair.split("=", 1) for pair in cleaned.get("seen", "").split() if "=" in pair)
        theirs: list[str] = []
        both: list[str] = []
        for name, now in self._sums_now().items():
            if name not in cleaned or shown.get(name, now) == now or _sum(cleaned[name]) == now:
                continue
            (theirs if _sum(cleaned[name]) == shown[name] else both).append(name)
        for name in theirs:
            cleaned[name] = self.fields[name].clean(self._value_now(name))
        if both:
            self._show_anew(theirs)
        for name in both:
            text = _("Somebody else has changed this in the meantime. Save again to have what stands here instead.")
            self.add_error(name, text)
        return cleaned

    def _show_anew(self, theirs: Iterable[str]) -> None:
        """So that saving once more is an answer to what is in the row now."""
        data: Any = self.data
        data = data.copy()
        data[self.add_prefix("seen")] = self.initial["seen"]
        for name in theirs:
            value = self._value_now(name)
            data.setlist(self.add_prefix(name), value if isinstance(value, list) else [value])
        self.data = data

    def _value_now(self, name: str) -> Any:
        """As a browser would send it."""
        value = self.fields[name].prepare_value(self.initial[name])
        return "" if value is None else value

    def _sums_now(self) -> dict[str, str]:
        return {name: _sum(self.initial[name]) for name in self.fields if name != "seen" and name in self.initial}


def _sum(value: Any) -> str:
    """Equal for a value of the row and for the same value after its way through a browser."""
    if isinstance(value, Model):
        value = value.pk
    elif not isinstance(value, str) and isinstance(value, Iterable):
        value = [item.pk if isinstance(item, Model) else item for item in value]
        value = sorted(value) if all(isinstance(item, int) for item in value) else value
    text = value if isinstance(value, str) else "" if value is None else repr(value)
    return blake2b("\n".join(text.splitlines()).strip().encode(), digest_size=6).hexdigest()
