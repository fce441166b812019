"""The rules of the week in the admin."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts import audit
from accounts.models import AuditRecord, User
from readinglist.week.models import CadenceRule, ContributionPath, Duty
from tests.catalog.making import make_source

pytestmark = pytest.mark.django_db


def test_a_cadence_rule_is_made_with_its_streams_and_sources(curator_client: Client) -> None:
    source = make_source("A blog")
    form = {
        "what": "One post a day",
        "audience": "reader",
        "position": 1,
        "frequency": "daily",
        "per_period": 1,
        "streams": ["blogs", "papers"],
        "sources": [source.pk],
        "is_active": "on",
    }

    answer = curator_client.post(reverse("admin:week_cadencerule_add"), form)

    assert answer.status_code == 302, answer.context["errors"]
    rule = CadenceRule.objects.get()
    assert (rule.slug, rule.streams, list(rule.sources.all())) == ("one-post-a-day", ["blogs", "papers"], [source])


def test_a_rule_shows_the_sources_it_has_first(curator_client: Client) -> None:
    make_source("A blog")
    chosen = make_source("Z blog")
    rule = CadenceRule.objects.create(slug="r", what="R", frequency="daily")
    rule.sources.add(chosen)

    page = curator_client.get(reverse("admin:week_cadencerule_change", args=[rule.pk]))

    assert page.text.index("Z blog") < page.text.index("A blog")


def test_a_duty_and_a_way_to_contribute_are_saved(curator_client: Client) -> None:
    duty = {"what": "Scan", "weekday": 0, "frequency": "weekly", "session": "", "who": "", "minutes": 90}
    way = {
        "title": "An issue",
        "position": 1,
        "output": "",
        "description": "",
        "examples": "one\n\n two ",
        "targets": "",
    }

    assert curator_client.post(reverse("admin:week_duty_add"), duty).status_code == 302
    assert curator_client.post(reverse("admin:week_contributionpath_add"), way).status_code == 302

    assert Duty.objects.get().slug == "scan"
    assert ContributionPath.objects.get().examples == ["one", "two"]
    assert ContributionPath.objects.get().url is None


def test_a_duty_falls_to_somebody_who_can_sign_in(curator_client: Client, reader: User, teammate: User) -> None:
    duty = {"what": "Scan", "weekday": 0, "frequency": "weekly", "session": "", "who": "", "minutes": 90}
    User.objects.filter(pk=teammate.pk).update(is_active=False)

    assert curator_client.post(reverse("admin:week_duty_add"), duty | {"person": teammate.pk}).status_code == 200
    assert curator_client.post(reverse("admin:week_duty_add"), duty | {"person": reader.pk}).status_code == 302

    scan = Duty.objects.get()
    assert scan.person == reader
    line = AuditRecord.objects.get(action="duties")
    assert (line.person, audit.told(line)) == (reader, "Scan: Ada Reader <ada@example.org>")
    # Once she has left, the form still says whose it was, and can be saved.
    User.objects.filter(pk=reader.pk).update(is_active=False)
    page = reverse("admin:week_duty_change", args=[scan.pk])
    assert curator_client.post(page, duty | {"person": reader.pk, "minutes": 60}).status_code == 302
    assert AuditRecord.objects.filter(action="duties").count() == 1, "nothing has fallen to anybody anew"
    assert curator_client.post(page, duty | {"person": ""}).status_code == 302
    line = AuditRecord.objects.filter(action="duties").latest("pk")
    assert (line.person, audit.told(line)) == (reader, "Scan: nobody yet")


def test_figures_are_changed_in_the_list(curator_client: Client) -> None:
    rule = CadenceRule.objects.create(slug="r", what="R", frequency="daily")
    form = {
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 1,
        "form-0-id": rule.pk,
        "form-0-per_period": 3,
        "form-0-minutes": "",
        "form-0-position": 2,
        "_save": "Save",
    }

    curator_client.post(reverse("admin:week_cadencerule_changelist"), form)

    rule.refresh_from_db()
    assert (rule.per_period, rule.position, rule.is_active) == (3, 2, False)


def test_a_rule_of_zero_times_is_refused_in_words(curator_client: Client) -> None:
    form = {"what": "X", "audience": "reader", "position": 1, "frequency": "daily", "per_period": 0}

    page = curator_client.post(reverse("admin:week_cadencerule_add"), form)

    assert page.status_code == 200
    assert page.context["errors"]
