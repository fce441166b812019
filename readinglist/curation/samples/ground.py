"""Colours, fields and pages."""

from django import forms
from django.core.paginator import Page, Paginator
from django.utils.translation import gettext_lazy

from readinglist.catalog.choices import Depth, EntryKind
from readinglist.reading.models import Stage

COLOURS = [  # of the swatch, of the token, what it is for
    ("sw-paper", "paper", gettext_lazy("the page")),
    ("sw-paper2", "paper-2", gettext_lazy("wells")),
    ("sw-paper3", "paper-3", gettext_lazy("under the pointer, chosen")),
    ("sw-ink", "ink", gettext_lazy("text, what is done")),
    ("sw-ink2", "ink-2", gettext_lazy("the second voice")),
    ("sw-line", "line", gettext_lazy("hairlines")),
    ("sw-line2", "line-2", gettext_lazy("edges that mean something")),
    ("sw-accent", "accent", gettext_lazy("what needs the reader")),
    ("sw-accentink", "accent-ink", gettext_lazy("the same as text")),
    ("sw-wash", "accent-wash", gettext_lazy("behind a call")),
]
ANY = ("", gettext_lazy("Any"))


class Fields(forms.Form):
    """One field of each kind."""

    work = forms.CharField(
        label=gettext_lazy("Address or arXiv number"),
        help_text=gettext_lazy("Anything you can paste: a link, a DOI, a number."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=EntryKind)
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"),
        error_messages={"required": gettext_lazy("About how long does it take? A round number is fine.")},
    )
    why = forms.CharField(label=gettext_lazy("Why it belongs here"), widget=forms.Textarea(attrs={"rows": 3}))
    added_by = forms.CharField(label=gettext_lazy("Suggested by"), disabled=True, initial="Ada")
    depth = forms.ChoiceField(
        label=gettext_lazy("Depth"),
        choices=Depth,
        widget=forms.RadioSelect,
        initial=Depth.IN_DEPTH,
        help_text=gettext_lazy("It can be changed later."),
    )
    tells = forms.BooleanField(label=gettext_lazy("Tell me what the curators decide"), initial=True)


class Filter(forms.Form):
    """As the pages of works and sources have it."""

    q = forms.CharField(label=gettext_lazy("Words"), required=False)
    stage = forms.ChoiceField(
        label=gettext_lazy("Stage"), choices=[("", gettext_lazy("Any")), *Stage.choices], required=False
    )
    category = forms.ChoiceField(label=gettext_lazy("Category"), choices=[("", gettext_lazy("Any"))], required=False)


def page() -> Page[int]:
    """The fifth of twenty."""
    return Paginator(range(400), 20).get_page(5)
