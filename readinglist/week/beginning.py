"""How a reader begins: what the first visit offers to follow and to read, and what comes of the answers."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef

from accounts.models import User
from readinglist.catalog.models import ReadingList, Source
from readinglist.catalog.models.sources import SourceQuerySet
from readinglist.reading import follows, paths
from readinglist.reading.models import Follow
from readinglist.week.models import CadenceRule

# What the rules of each reader's week name is recommended.
_RULES = CadenceRule.objects.filter(is_active=True, audience=CadenceRule.Audience.READER)


def recommended() -> set[int]:
    """The sources that are, by their keys."""
    return set(_RULES.filter(sources__isnull=False).order_by().values_list("sources", flat=True))


def sources_for(user: User) -> SourceQuerySet:
    """What can be followed, by name, with `is_recommended`."""
    rules = _RULES.filter(sources=OuterRef("pk"))
    mine = Follow.objects.of(user).filter(source=OuterRef("pk"))
    return Source.objects.fed().annotate(is_recommended=Exists(rules), is_followed=Exists(mine)).order_by("name", "pk")


def begin(lists: Iterable[ReadingList], sources: Iterable[int], *, user: User, now: datetime) -> None:
    """Reads these lists in their order, follows these sources besides those followed already, and is welcomed.

    Who leaves the path as it is gets no rows for it.
    """
    chosen = list(lists)
    if chosen != [leg.reading_list for leg in paths.path_of(user).path]:
        paths.choose(chosen, user=user)
    follows.follow_all(Source.objects.fed().filter(pk__in=list(sources)), user=user, now=now)
    end(user, now=now)


def end(user: User, *, now: datetime) -> None:
    """The first visit is over, whatever was answered or skipped. It ends once."""
    User.objects.filter(pk=user.pk, welcomed_at=None).update(welcomed_at=now)
