"""What there is to read, a module a subject."""

from readinglist.catalog.models.categories import Category
from readinglist.catalog.models.entries import Entry, EntryLink, Identifier, Supersession
from readinglist.catalog.models.lists import ReadingList, Step, StepEntry
from readinglist.catalog.models.posts import Post, PostText
from readinglist.catalog.models.sources import Feed, Source

__all__ = [
    "Category",
    "Entry",
    "EntryLink",
    "Feed",
    "Identifier",
    "Post",
    "PostText",
    "ReadingList",
    "Source",
    "Step",
    "StepEntry",
    "Supersession",
]
