"""What a new reader chooses to read and to follow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundWidget
from django.utils.translation import gettext_lazy as _

from readinglist.catalog.choices import Stream
from readinglist.catalog.models import ReadingList, Source
from readinglist.reading.paths import Leg, Way


@dataclass(frozen=True, slots=True)
class Offer:
    """One stream's sources that are not followed yet, each with its box; `more` are behind a fold."""

    stream: Stream
    recommended: Sequence[tuple[BoundWidget, Source]]
    more: Sequence[tuple[BoundWidget, Source]]


class TickField(forms.TypedMultipleChoiceField):
    """Any number of rows, by their keys."""

    def __init__(self, **kwargs: Any) -> None:
        gone = _("Something that you ticked is gone in the meantime. Look it over and press again.")
        super().__init__(
            required=False,
            coerce=int,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"invalid_choice": gone},
            **kwargs,
        )


class BeginForm(forms.Form):
    lists = TickField(label=_("Lists"))
    sources = TickField(label=_("Sources"))

    def __init__(self, *args: Any, way: Way, sources: Sequence[Source], is_first_visit: bool, **kwargs: Any) -> None:
        """`sources` come from `beginning.sources_for`. What is recommended is ticked once, at the first visit."""
        self.legs = [*way.path, *way.others]
        self.all_sources = sources
        kwargs["initial"] = {
            "lists": [leg.reading_list.pk for leg in way.path],
            "sources": [row.pk for row in sources if is_first_visit and row.is_recommended],  # type: ignore[attr-defined]
        }
        super().__init__(*args, **kwargs)
        named = [(leg.reading_list.pk, leg.reading_list.title) for leg in self.legs]
        self.fields["lists"].choices = named  # type: ignore[attr-defined]
        self.fields["sources"].choices = [(row.pk, row.name) for row in sources]  # type: ignore[attr-defined]

    def lists_to_read(self) -> Iterator[tuple[BoundWidget, Leg]]:
        return zip(self["lists"], self.legs, strict=True)

    def offers(self) -> list[Offer]:
        """By stream, those that have any; first the stream with the most that is recommended."""
        boxes = list(zip(self["sources"], self.all_sources, strict=True))
        offers = []
        for stream in Stream:
            new = [(box, row) for box, row in boxes if row.stream == stream and not row.is_followed]  # type: ignore[attr-defined]
            if new:
                recommended = [(box, row) for box, row in new if row.is_recommended]  # type: ignore[attr-defined]
                more = [(box, row) for box, row in new if not row.is_recommended]  # type: ignore[attr-defined]
                offers.append(Offer(stream, recommended, more))
        return sorted(offers, key=lambda offer: -len(offer.recommended))

    @property
    def chosen_lists(self) -> list[ReadingList]:
        """In the order in which they are shown: those of the path first."""
        ticked = set(self.cleaned_data["lists"])
        return [leg.reading_list for leg in self.legs if leg.reading_list.pk in ticked]
