"""Lines and pictures that many pages have; what they say is `readinglist.reading.parts`."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from readinglist.catalog.models import Entry, Post, ReadingList, Source
from readinglist.reading.categories import Branch
from readinglist.reading.directory import SourceLine
from readinglist.reading.models import ReadState
from readinglist.reading.parts import FollowButtons, OtherReader, PostLine, SourceMeta, Step, Tick, WorkMeta
from readinglist.reading.shelves import Spine
from readinglist.written import written

register = template.Library()


@register.simple_tag
def work_line(entry: Entry, state: ReadState | None, read_before: bool = False, several: str = "") -> SafeString:
    """A work with the tick that marks it as read; or, while `several` are chosen, with one that says it is meant."""
    meta, tick = WorkMeta.of(entry, state, read_before=read_before), Tick.of(entry, state)
    if several:
        return written("components/_work_pick.html", pk=entry.pk, title=entry.title, work=meta, all=several == "all")
    return written("components/_work_line.html", work=meta, tick=tick)


@register.simple_tag
def work_meta(entry: Entry, state: ReadState | None, read_before: bool = False) -> SafeString:
    return written("components/_entry_meta.html", work=WorkMeta.of(entry, state, read_before=read_before))


@register.simple_tag
def tick(entry: Entry, state: ReadState | None) -> SafeString:
    return written("components/_tick.html", tick=Tick.of(entry, state))


@register.simple_tag(takes_context=True)
def post_line(context: dict[str, Any], post: Post, is_one_source: bool = False, oob: bool = False) -> SafeString:
    """A post in a list, of which the page's `place` is the rest of its address, and `opened` the one that lies open."""
    is_open = context.get("opened") == post.pk
    line = PostLine.of(post, place=context.get("place", ""), is_open=is_open, is_one_source=bool(is_one_source))
    return written("reading/_post_line.html", post=line, oob=oob)


@register.simple_tag
def entry_reader(state: ReadState) -> SafeString:
    """A teammate with their stage with a work."""
    return written("reading/_entry_reader.html", reader=OtherReader.of(state))


@register.simple_tag
def spine(step: Spine, reading_list: ReadingList) -> SafeString:
    """A step on a shelf."""
    return written("components/_spine.html", step=Step.of(step), list=reading_list.slug)


@register.simple_tag
def step_row(step: Spine) -> SafeString:
    """The same in a table."""
    return written("components/_step_row.html", step=Step.of(step))


@register.simple_tag
def category_tree(branches: tuple[Branch, ...], current: str = "") -> SafeString:
    """The page's own category is told by its slug."""
    return written("components/_tree.html", branches=branches, current=current)


@register.simple_tag(takes_context=True)
def source_meta(context: dict[str, Any], source: Source, line: SourceLine | None = None) -> SafeString:
    """What a source is; the page's `recommended` are the keys of those that the reading week draws on."""
    meta = SourceMeta.of(source, line, recommended=context.get("recommended", ()))
    return written("reading/_source_meta.html", source=meta)


@register.simple_tag
def follow_buttons(line: SourceLine, swaps: bool = False, oob: bool = False) -> SafeString:
    """Of the form that stands around; where htmx `swaps` them for its answer they are small."""
    return written("reading/_follow.html", source=FollowButtons.of(line), swaps=swaps, oob=oob)
