"""What readers type, and what stands in an address."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from readinglist.catalog.choices import Stream
from readinglist.catalog.models import Source
from readinglist.reading import inbox, timing
from readinglist.reading.models import Note

STATES = [
    (inbox.UNREAD, _("Unread")),
    (inbox.ALL, _("All posts")),
    (inbox.SAVED, _("Saved")),
    (inbox.SNOOZED, _("Snoozed")),
    (inbox.KEPT, _("Kept unread")),
    (inbox.READ, _("Marked as read")),
]
LARGEST_ID = 2**63 - 1
MOST_PAGES = 20_000
LONGEST_SNOOZE = timedelta(days=366)


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


class PageForm(forms.Form):
    """Where in a book one is; the fields keep what was typed, the bar shows per cent."""

    page = forms.IntegerField(
        label=_("Page"),
        min_value=1,
        max_value=MOST_PAGES,
        error_messages={
            "required": _("Write the page you are on."),
            "invalid": _("Write the page as a whole number."),
            "min_value": _("The first page is 1."),
            "max_value": _("Write a page up to 20000."),
        },
    )
    pages = forms.IntegerField(
        label=_("of"),
        min_value=1,
        max_value=MOST_PAGES,
        error_messages={
            "required": _("Write how many pages there are."),
            "invalid": _("Write the number of pages as a whole number."),
            "min_value": _("Write how many pages there are, at least 1."),
            "max_value": _("Write up to 20000 pages."),
        },
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        page, pages = cleaned.get("page"), cleaned.get("pages")
        if page and pages and page > pages:
            self.add_error("page", _("There are only %(pages)s pages. Write one of them.") % {"pages": pages})
        return cleaned


class MinutesForm(forms.Form):
    minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=1,
        max_value=timing.MOST_MINUTES,
        error_messages={
            "required": _("Write how many minutes it was."),
            "invalid": _("Write the minutes as a whole number."),
            "min_value": _("Write at least 1 minute."),
            "max_value": _("A day has 1440 minutes. Write fewer."),
        },
    )


class NoteForm(forms.ModelForm):
    class Meta:
        model = Note
        fields = ["text", "is_shared"]
        widgets = {
            "is_shared": forms.RadioSelect(choices=[(False, _("Private")), (True, _("Shared with the team"))]),
        }
        error_messages = {
            "text": {
                "required": _("The note is empty. Write something, or leave it."),
                "max_length": _("A note has room for %(limit_value)d characters; this is %(show_value)d. Shorten it."),
            }
        }


class InboxForm(forms.Form):
    """The inbox's address: what is shown, from where on, and which post lies open.

    What is wrong in it says so and counts as not asked for, so that an old link still opens the inbox.
    """

    stream = forms.ChoiceField(required=False, choices=Stream.choices)
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATES)
    source = forms.ChoiceField(label=_("Source"), required=False)
    before = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    post = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)

    def __init__(self, *args: Any, sources: Iterable[Source], **kwargs: Any) -> None:
        """`sources` are those that can be asked for."""
        super().__init__(*args, **kwargs)
        self.auto_id = "show-%s"
        self.sources = {source.slug: source for source in sources}
        named = [(source.slug, source.name) for source in self.sources.values()]
        self.fields["source"].choices = [("", _("Any source")), *named]  # type: ignore[attr-defined]
        self.fields["stream"].error_messages["invalid_choice"] = _("There is no such stream; these are all.")
        self.fields["state"].error_messages["invalid_choice"] = _("There is no such state; these are the unread ones.")
        self.fields["source"].error_messages["invalid_choice"] = _("You do not follow such a source; these are all.")

    def sources_of_stream(self) -> list[Source]:
        """Of the sources, those of the stream that is shown."""
        stream = self.shown.stream
        return [source for source in self.sources.values() if stream in ("", source.stream)]

    def offer_sources_of_stream(self) -> None:
        """In the list to choose from; with the one that is shown, which may be of another."""
        offered = {source.slug for source in [*self.sources_of_stream(), self.shown.source] if source}
        field: Any = self.fields["source"]
        field.choices = [(slug, name) for slug, name in field.choices if not slug or slug in offered]

    @property
    def filter_errors(self) -> list[str]:
        """What is wrong with the filter; a wrong place in the list is the beginning, and that is all."""
        return [str(error) for name in ("stream", "state", "source") for error in self.errors.get(name, [])]

    @property
    def shown(self) -> inbox.InboxFilter:
        """The filter of the cleaned form, with the usual for whatever was not or wrongly asked for."""
        asked = self.cleaned_data
        return inbox.InboxFilter(
            stream=asked.get("stream") or "",
            source=self.sources.get(asked.get("source") or ""),
            state=asked.get("state") or inbox.UNREAD,
        )


class SnoozeForm(forms.Form):
    """The day on which a post comes back: one that is offered, or another."""

    on = forms.DateField(
        label=_("Another day"),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "required": _("Choose the day on which it is to come back."),
            "invalid": _("Write the day as year, month and day, like 2026-11-30."),
        },
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """`today` is the reader's."""
        super().__init__(*args, **kwargs)
        self.auto_id = "snooze-%s"
        self.tomorrow, self.latest = today + timedelta(days=1), today + LONGEST_SNOOZE
        bounds = {"type": "date", "min": self.tomorrow.isoformat(), "max": self.latest.isoformat()}
        self.fields["on"].widget = forms.DateInput(format="%Y-%m-%d", attrs=bounds)

    @property
    def days(self) -> list[date]:
        """What is offered: tomorrow, and the next Monday where that is another day."""
        monday = self.tomorrow + timedelta(days=-self.tomorrow.weekday() % 7)
        return sorted({self.tomorrow, monday})

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"]
        if day < self.tomorrow:
            raise forms.ValidationError(_("That day has begun already. Choose a later one."))
        if day > self.latest:
            raise forms.ValidationError(_("That is more than a year away. Choose an earlier day."))
        return day
