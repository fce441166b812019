"""Every named constraint of catalog, week and curation holds in the database itself, whatever a form may say."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from readinglist.catalog.models import (
    Category,
    Entry,
    EntryLink,
    Feed,
    Identifier,
    Post,
    ReadingList,
    Source,
    Step,
    StepEntry,
)
from readinglist.curation.models import Shipped, Suggestion
from readinglist.week.models import CadenceRule, Duty

pytestmark = pytest.mark.django_db


def entry(slug: str = "work", **fields: Any) -> Entry:
    row: Entry = Entry.objects.create(**({"slug": slug, "title": "A Work", "kind": "paper"} | fields))
    return row


def source(slug: str = "source", **fields: Any) -> Source:
    return Source.objects.create(**({"slug": slug, "name": "A Source", "kind": "blog"} | fields))


def step(slug: str = "step", position: int = 1, **fields: Any) -> Step:
    reading_list = ReadingList.objects.get_or_create(slug="list", defaults={"title": "A List"})[0]
    return Step.objects.create(**({"list": reading_list, "slug": slug, "position": position} | fields))


def post(guid: str = "1", **fields: Any) -> Post:
    feed = Feed.objects.first() or Feed.objects.create(source=source(), url="https://example.org/feed")
    return Post.objects.create(
        **({"feed": feed, "guid_hash": guid, "key": f"guid:{guid}", "first_seen_at": timezone.now()} | fields)
    )


def point_at_itself(row: models.Model, name: str) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**{name: row.pk})


def cadence(**fields: Any) -> CadenceRule:
    return CadenceRule.objects.create(**({"slug": "rule", "what": "Read", "frequency": "weekly"} | fields))


def duty(**fields: Any) -> Duty:
    return Duty.objects.create(**({"slug": "duty", "what": "Look", "weekday": 0} | fields))


def suggestion(**fields: Any) -> Suggestion:
    words = {"key": "url:https://example.org", "url": "https://example.org", "title": "A work"}
    return Suggestion.objects.create(**(words | {"made_at": timezone.now()} | fields))


def twice(make: Callable[[], object]) -> None:
    make()
    make()


def stand_twice_in_a_list() -> None:
    work = entry()
    for number in (1, 2):
        its_step = step(f"step-{number}", number)
        StepEntry.objects.create(step=its_step, list=its_step.list, entry=work)


def stand_in_another_list() -> None:
    StepEntry.objects.create(step=step(), list=ReadingList.objects.create(slug="other", title="Other"), entry=entry())


VIOLATIONS: dict[str, Callable[[], object]] = {
    "category_review_days_positive": lambda: Category.objects.create(slug="a", name="A", review_days=0),
    "category_not_inside_itself": lambda: point_at_itself(Category.objects.create(slug="a", name="A"), "parent"),
    "source_kind_is_known": lambda: source(kind="rumour"),
    "source_rhythm_is_known": lambda: source(rhythm="hourly"),
    "source_status_is_known": lambda: source(status="lost"),
    "source_origin_is_known": lambda: source(origin="martian"),
    "source_access_is_known": lambda: source(access="locked"),
    "source_caution_is_known": lambda: source(caution="none"),
    "source_not_part_of_itself": lambda: point_at_itself(source(), "parent"),
    "entry_kind_is_known": lambda: entry(kind="rumour"),
    "entry_status_is_known": lambda: entry(status="lost"),
    "entry_depth_is_known": lambda: entry(depth="dive"),
    "entry_origin_is_known": lambda: entry(origin="martian"),
    "entry_access_is_known": lambda: entry(access="locked"),
    "entry_caution_is_known": lambda: entry(caution="none"),
    "entry_minutes_positive": lambda: entry(minutes=0),
    "entry_not_superseded_by_itself": lambda: point_at_itself(entry(), "superseded_by"),
    "entry_not_part_of_itself": lambda: point_at_itself(entry(), "part_of"),
    "identifier_prefix_is_known": lambda: Identifier.objects.create(entry=entry(), key="pmid:1"),
    "link_kind_is_known": lambda: EntryLink.objects.create(entry=entry(), kind="smell", url="https://example.org"),
    "link_once_an_entry": lambda: twice(
        lambda: EntryLink.objects.create(
            entry=Entry.objects.first() or entry(), kind="pdf", url="https://example.org/a.pdf"
        )
    ),
    "step_slug_once_a_list": lambda: (step("one", 1), step("one", 2)),
    "step_position_once_a_list": lambda: (step("one", 1), step("two", 1)),
    "step_entry_list_is_its_steps": stand_in_another_list,
    "entry_once_a_list": stand_twice_in_a_list,
    "feed_is_visited_within_a_day": lambda: Feed.objects.create(
        source=source(), url="https://example.org/feed", visit_minutes=14
    ),
    "post_guid_once_a_feed": lambda: (post("1"), post("1", key="guid:other")),
    "post_key_once_among_leads": lambda: (post("1", key="guid:same"), post("2", key="guid:same")),
    "post_not_copy_of_itself": lambda: point_at_itself(post(), "lead"),
    "cadence_frequency_is_known": lambda: cadence(frequency="hourly"),
    "cadence_audience_is_known": lambda: cadence(audience="cats"),
    "cadence_per_period_positive": lambda: cadence(per_period=0),
    "cadence_minutes_positive": lambda: cadence(minutes=0),
    "duty_weekday_0_to_6": lambda: duty(weekday=7),
    "duty_frequency_is_known": lambda: duty(frequency="hourly"),
    "duty_minutes_positive": lambda: duty(minutes=0),
    "suggestion_open_once_a_work": lambda: twice(suggestion),
    "suggestion_state_is_known": lambda: suggestion(state="lost", judged_at=timezone.now()),
    "suggestion_is_open_until_judged": lambda: suggestion(judged_at=timezone.now()),
    "suggestion_entry_is_accepted": lambda: suggestion(entry=entry()),
    "suggestion_leads_somewhere": lambda: suggestion(url=""),
    "shipped_once": lambda: twice(lambda: Shipped.objects.create(model="entry", key="a")),
}
# Declared in a migration by hand: Django has no foreign key over two columns.
BY_HAND = {"step_entry_list_is_its_steps"}


def violate(name: str) -> None:
    """Does it, and has the deferred constraints checked at once."""
    with transaction.atomic(), connection.cursor() as cursor:
        VIOLATIONS[name]()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violated_constraint_is_refused_by_name(name: str) -> None:
    with pytest.raises(IntegrityError, match=rf'constraint "{name}"'):
        violate(name)


def test_every_constraint_is_tried() -> None:
    declared = {
        constraint.name
        for label in ("catalog", "week", "curation")
        for model in apps.get_app_config(label).get_models()
        for constraint in model._meta.constraints
    }
    assert set(VIOLATIONS) == declared | BY_HAND


def test_two_steps_change_places_in_one_transaction() -> None:
    one, two = step("one", 1), step("two", 2)
    with transaction.atomic():
        for row, position in ((one, 2), (two, 1)):
            row.position = position
            row.save()
    assert list(Step.objects.values_list("slug", flat=True)) == ["two", "one"]
