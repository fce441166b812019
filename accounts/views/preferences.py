"""What people choose for themselves."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.forms.preferences import SettingsForm
from accounts.models import User


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    # A copy of their own: what is wrong in the form shall not show in the page's head.
    user = User.objects.get(pk=cast(User, request.user).pk)
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=user)
    if not form.is_valid():
        return render(request, "accounts/settings.html", {"form": form})
    form.save(commit=False).save(update_fields=form.fields)
    messages.success(request, _("Your settings are saved."))
    return redirect("accounts:settings")
