"""Finding posts within bounds, however many there are: words that many posts have are looked for in the newest alone.

Two ways lead to posts with given words: their index gives all, and costs with their number; or posts are looked at one
by one, newest first, and cost with how many are looked at. The newest few say which it is. Left alone, PostgreSQL
guesses, and where it guesses wrong it reads them all.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchRank, TrigramWordSimilarity
from django.db import connection
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Left

from readinglist.catalog.choices import Status
from readinglist.catalog.models import Identifier, Post, PostText, Source
from readinglist.reading import inbox
from readinglist.reading.models import Stage
from readinglist.reading.search.asked import SAVED, UNREAD, Filter
from readinglist.reading.search.queries import (
    NEAR,
    QUERY,
    key_in,
    parameters_of,
    query_of,
    whole_words,
    without_operators,
    words_in,
)
from readinglist.reading.search.question import NOTHING, Question

# So many of the newest posts tell how common words are.
_SAMPLE = 2_000
# Words are common from so many posts on; and then so many are looked at.
_COMMON = 10_000
_LOOKED_AT = 10_000
_LOOKED_AT_FOR_NEAR = 2_000
# How much of a body is shown from.
_BODY = 20_000

_BOUNDS = f"""
    SELECT count(*) FILTER (WHERE search @@ {QUERY}), count(*), max(post_id), (
        SELECT id FROM catalog_post WHERE feed_id = ANY(%s::bigint[]) ORDER BY id DESC OFFSET {_LOOKED_AT} LIMIT 1
    )
    FROM (SELECT post_id, search FROM catalog_posttext ORDER BY post_id DESC LIMIT {_SAMPLE}) newest
"""  # noqa: S608 - of constants


@dataclass(frozen=True, slots=True)
class Found:
    """Ids, best first, one for each work. `is_partial`: posts were not looked at that the filters might let through."""

    ids: list[int]
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Posts are looked at that came after the one with this id."""

    is_common: bool
    after: int


def found(question: Question, *, most: int) -> Found:
    """At most so many, best first among the newest. Two queries."""
    posts, is_partial = _narrowed(question), False
    if question.words or question.narrows:
        bounds = _bounds(question)
        is_partial = bounds.is_common and bounds.after > 0 and question.narrows
        if not bounds.is_common:
            posts = _with_words(posts, question.words)
        else:
            posts = posts.filter(pk__gt=bounds.after)
            if question.words:
                posts = posts.filter(text__search=query_of(question.words))
    newest = posts.order_by("-pk").values("pk")[: 2 * most]  # copies of one work become one
    rows = inbox.with_marks(Post.objects.filter(pk__in=newest), question.user, now=question.now)
    if question.words:
        whole, rank = (SearchRank(F("text__search"), query(question.words)) for query in (whole_words, query_of))
        rows = rows.annotate(whole=Coalesce(whole, 0.0), rank=Coalesce(rank, 0.0)).order_by("-whole", "-rank", "-pk")
    else:
        rows = rows.order_by("-pk")
    ranked = list(rows.values_list("pk", "lead", "is_shown"))  # type: ignore[misc] # of with_marks
    return Found(_one_a_work(ranked)[:most], is_partial=is_partial)


def rows_of(ids: list[int], question: Question) -> list[Post]:
    """The posts with the reader's marks, the beginning of their body as `start`, and `work`: the slug of the live work
    that they are. One query."""
    rows = _told(inbox.readable().filter(pk__in=ids), question)
    place = {pk: number for number, pk in enumerate(ids)}
    return sorted(rows, key=lambda post: place[post.pk])


def near(question: Question, *, most: int) -> list[Post]:
    """Where nothing has the words: of the newest posts those whose titles look like them. One query."""
    newest = Post.objects.order_by("-pk").values("pk")[:_LOOKED_AT_FOR_NEAR]
    alike = inbox.readable().filter(pk__in=newest, lead=None)
    alike = alike.annotate(near=TrigramWordSimilarity(question.words, Left("title", 300))).filter(near__gt=NEAR)
    return _told(alike.order_by("-near", "-pk")[:most], question)


def _bounds(question: Question) -> _Bounds:
    """Words are common if as many posts have them as it takes to make the index slow, were the newest like all others.

    The index knows neither the order of words nor what a text lacks; no words at all are the most common.
    """
    asked, words = question.asked, without_operators(question.words)
    marks = {one.value for one in asked.all("is")}
    is_of_sources = any(asked.all(name) for name in ("kind", "in", "from"))
    feeds = _feeds(question) if is_of_sources else None
    with connection.cursor() as cursor:
        cursor.execute(_BOUNDS, [*parameters_of(words), feeds])
        having, sampled, last, last_of_sources = cursor.fetchone()
    if words and having * (last or 0) <= _COMMON * sampled:
        return _Bounds(is_common=False, after=0)
    if marks & {SAVED, Stage.READ}:  # there are only so many
        return _Bounds(is_common=True, after=0)
    return _Bounds(is_common=True, after=(last_of_sources if is_of_sources else (last or 0) - _LOOKED_AT) or 0)


class _IsAmong(Func):
    """Whether a key is one of those that a query finds: first all are found, and then each is looked up.

    As a join, PostgreSQL may walk through all posts for a few.
    """

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def _with_words(posts: QuerySet[Post], words: str) -> QuerySet[Post]:
    """By the index of words alone; it gives at most as many as are no common words, and some more."""
    texts = PostText.objects.filter(search=query_of(words)).order_by().values("pk")[: 2 * _COMMON]
    if key := key_in(words):
        texts = texts.union(Post.objects.filter(key=key).order_by().values("pk"))
    return posts.filter(_IsAmong("pk", ArraySubquery(texts)))


def _feeds(question: Question) -> list[int]:
    """Of the sources that the filters leave."""
    asked, outlets = question.asked, question.places.outlets
    kinds = {one.value for one in asked.all("kind")}
    sources = [question.places_of(one) for one in asked.all("from")]
    categories = [question.places_of(one) for one in asked.all("in")]
    return sorted(
        feed
        for outlet in outlets
        if (not kinds or outlet.kind in kinds)
        and (not sources or any(outlet.pk in ids for ids in sources))
        and all(outlet.categories & ids for ids in categories)
        for feed in outlet.feeds
    )


def _narrowed(question: Question) -> QuerySet[Post]:
    places = Source.categories.through.objects.filter(source=OuterRef("feed__source"))
    marks = {
        UNREAD: Q(is_unread=True),
        Stage.READ: Q(mine__read_at__isnull=False),
        SAVED: Q(mine__saved_at__isnull=False),
    }
    meaning = {
        "kind": lambda one: Q(feed__source__kind=one.value),
        "year": lambda one: Q(dated__year__range=one.years),
        "is": lambda one: marks.get(one.value, NOTHING),
        "by": _is_by,
        "in": lambda one: Q(Exists(places.filter(category__in=question.places_of(one)))),
        "from": lambda one: Q(feed__source__in=question.places_of(one)),
    }
    posts = inbox.readable()
    if any(one.name == "is" for one in question.asked.filters):
        posts = inbox.with_marks(posts, question.user, now=question.now)
    dated = Coalesce("published_at", "first_seen_at")
    return question.narrow(posts.annotate(dated=dated), meaning)


def _is_by(one: Filter) -> Q:
    """Each word begins one of the byline's: it is looked at row by row, and there a pattern is the cheapest."""
    return Q(*(Q(byline__unaccent__iregex=rf"\m{word}") for word in words_in(one.value)))


def _told(posts: QuerySet[Post], question: Question) -> list[Post]:
    work = Identifier.objects.filter(key=OuterRef("key"), entry__status=Status.LIVE).values("entry__slug")
    posts = posts.annotate(start=Left("body", _BODY), work=Subquery(work[:1])).defer("body")
    return inbox.marked(posts, question.user, now=question.now)


def _one_a_work(ranked: Iterable[tuple[int, int | None, bool]]) -> list[int]:
    """Of copies that were found the one that the inbox shows, else the earliest, where the best of them stands."""
    best: dict[int, tuple[bool, int]] = {}
    for pk, lead, is_shown in ranked:
        work = lead or pk
        rank = (not is_shown, pk)
        best[work] = min(best.get(work, rank), rank)
    return [pk for _hidden, pk in best.values()]
