"""The page "Your data": everything about the person as one download, and such a file brought in."""

import io
import tempfile
from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import ReaderRequest
from readinglist.operations import uploads
from readinglist.operations.forms import UploadForm
from readinglist.operations.takeout import formats, writing
from readinglist.operations.takeout.formats import TakeoutError
from readinglist.operations.takeout.tables import TABLES
from readinglist.operations.views import confirming


@require_safe
def my_data(request: ReaderRequest) -> HttpResponse:
    return _page(request, UploadForm())


@require_POST
def download(request: ReaderRequest) -> HttpResponseBase:
    if not confirming.is_confirmed(request):
        page = confirming.page_for(request, back=reverse("operations:my_data"))
        return redirect(page or "operations:my_data")
    if not ratelimit.consume(request, action="my_data"):
        return _page(request, UploadForm(), problem=_too_often(), status=429)
    now = timezone.now()
    file = tempfile.SpooledTemporaryFile(formats.SPOOL_BYTES)  # noqa: SIM115 - the answer closes it
    writing.write(file, request.user, now=now)
    file.seek(0)
    name = f"readinglist-{timezone.localtime(now):%Y-%m-%d}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


@require_POST
def upload(request: ReaderRequest) -> HttpResponse:
    """Takes the file and looks at what it would do; nothing comes in yet."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    if not ratelimit.consume(request, action="my_data"):
        return _page(request, form, problem=_too_often(), status=429)
    try:
        uploads.keep(form.cleaned_data["file"].file, user=request.user, now=timezone.now())
    except TakeoutError as error:
        form.add_error("file", str(error))
        return _page(request, form, status=422)
    return redirect("operations:my_upload")


@require_http_methods(["GET", "HEAD", "POST"])
def my_upload(request: ReaderRequest) -> HttpResponse:
    """What the file would bring in; with POST, brings it in."""
    kept = uploads.of(request.user)
    if kept is None:
        messages.info(request, _("There is no file any more: choose it again."))
        return redirect("operations:my_data")
    if request.method == "POST" and kept.done_at is None:
        try:
            uploads.bring_in(request.user, now=timezone.now(), settings="settings" in request.POST)
        except TakeoutError as error:
            return _page(request, UploadForm(), problem=str(error), status=422)
        return redirect("operations:my_upload")
    report = uploads.report_of(kept)
    counts = [(table.title, report.counts.get(table.name)) for table in TABLES]
    lines = [(title, count) for title, count in counts if count and count.total]
    context = {"upload": kept, "report": report, "lines": lines}
    return render(request, "operations/my_upload.html", context)


@require_safe
def left(request: ReaderRequest) -> HttpResponseBase:
    """What found no place here, as a file that can be brought in later."""
    kept = uploads.of(request.user)
    if kept is None or not kept.left:
        raise Http404(_("Nothing is left over."))
    return FileResponse(
        io.BytesIO(kept.left), as_attachment=True, filename="readinglist-left.zip", content_type="application/zip"
    )


@require_POST
def forget(request: ReaderRequest) -> HttpResponse:
    uploads.forget(request.user)
    messages.success(request, _("The file is gone from here."))
    return redirect("operations:my_data")


def _page(request: ReaderRequest, form: UploadForm, *, problem: str = "", status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "problem": problem,
        "is_confirmed": confirming.is_confirmed(request),
        "confirm_page": confirming.page_for(request, back=reverse("operations:my_data")),
        "upload": uploads.of(request.user),
    }
    return render(request, "operations/my_data.html", context, status=status)


def _too_often() -> str:
    return _("That was often within one hour. Nothing is lost; try again later.")
