"""What readers type."""

from django import forms
from django.utils.translation import gettext_lazy as _

from readinglist.reading.models import Note


class PercentForm(forms.Form):
    percent = forms.IntegerField(
        label=_("Per cent"),
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": _("Write how far you are, from 0 to 100."),
            "invalid": _("Write a whole number from 0 to 100."),
            "min_value": _("Write a number from 0 to 100."),
            "max_value": _("Write a number from 0 to 100."),
        },
    )


class NoteForm(forms.ModelForm):
    class Meta:
        model = Note
        fields = ["text", "is_shared"]
        widgets = {
            "is_shared": forms.RadioSelect(choices=[(False, _("Private")), (True, _("Shared with the team"))]),
        }
        error_messages = {"text": {"required": _("The note is empty. Write something, or leave it.")}}
