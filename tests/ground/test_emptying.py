"""What the tests themselves stand on: after a transactional test nothing is left but what the migrations made."""

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.test import TransactionTestCase
from django.utils import timezone

from accounts.models import CURATORS_GROUP, User
from readinglist.reading import stages
from readinglist.reading.models import Activity
from tests.fixtures.cast import make_person
from tests.fixtures.emptying import TIDY, emptying
from tests.fixtures.works import make_entry


@pytest.mark.django_db(transaction=True)
def test_all_goes_that_was_made_and_all_comes_back_that_was_taken_away() -> None:
    empty = emptying()
    permissions = Group.objects.get(name=CURATORS_GROUP).permissions.count()
    types = set(ContentType.objects.values_list("pk", "app_label", "model"))
    ada = make_person("ada@example.org", "Ada Reader", role="curator")
    stages.finish(make_entry(), user=ada, now=timezone.now())
    Group.objects.all().delete()
    ContentType.objects.get(app_label="reading", model="note").delete()

    for _ in range(TIDY):
        empty(TransactionTestCase())

    assert not User.objects.exists()
    assert not Activity.objects.exists()  # which a trigger guards
    assert Group.objects.get().permissions.count() == permissions > 0
    assert set(ContentType.objects.values_list("pk", "app_label", "model")) == types
