"""What people bring along, and what they type before they go."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from readinglist.operations.takeout import formats


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("The zip file that you downloaded there"),
        help_text=gettext_lazy("Up to 10 MB. Whoever runs this instance can bring in a longer one."),
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".zip,.json,application/zip,application/json"}),
        error_messages={
            "required": gettext_lazy("Choose a file first."),
            "empty": gettext_lazy("This file is empty. Choose the file as it was downloaded."),
        },
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > formats.MAX_FILE_BYTES:
            raise ValidationError(
                _(
                    "This file is longer than %(size)d MB. Ask whoever runs this instance to bring it in with "
                    "“manage.py importperson”."
                ),
                params={"size": formats.MAX_FILE_BYTES // 1_000_000},
            )
        return file


class DeleteForm(forms.Form):
    """The person's own address, so that nobody deletes by a slip."""

    email = forms.CharField(
        label=gettext_lazy("Your e-mail address, to confirm"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Type your address, as you sign in with it.")},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        if email != self._user.email:
            raise ValidationError(
                _("This is not your address. Yours is %(email)s."), params={"email": self._user.email}
            )
        return email
