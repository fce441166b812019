"""What people choose for themselves."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import FocusedForm, ZoneField
from accounts.models import User


class SettingsForm(FocusedForm, forms.ModelForm):
    """What people choose for themselves."""

    zone = ZoneField()
    reminder_hour = forms.TypedChoiceField(
        label=_("Hour"), choices=[(hour, f"{hour:02}:00") for hour in range(24)], coerce=int
    )

    class Meta:
        model = User
        fields = ["name", "zone", "theme", "wants_reminder", "reminder_weekday", "reminder_hour"]
        labels = {"wants_reminder": _("Send me one mail a week"), "reminder_weekday": _("Day")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"}), "theme": forms.RadioSelect}
