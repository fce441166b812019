"""Demo data is never mixed with what a real team has."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from readinglist import preparation
from readinglist.catalog.models import Entry, Source
from readinglist.operations.demo import filling
from readinglist.reading import stages
from tests.fixtures.posts import make_post
from tests.fixtures.works import make_entry

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def test_an_instance_with_people_is_refused_and_left_as_it_was(reader: User) -> None:
    with pytest.raises(CommandError, match=r"People use this instance \(1\).*Choose an empty folder"):
        call_command("makedemo", "--readers", "1", "--posts", "10")
    assert list(User.objects.all()) == [reader]
    assert not Source.objects.exists()


def test_make_demo_does_not_serve_such_an_instance(reader: User) -> None:
    with pytest.raises(SystemExit, match=r"People use this instance \(1\)"):
        preparation.fill_demo()


def test_an_admin_alone_is_no_team_until_something_is_marked(admin_user: User) -> None:
    filling.check_empty()
    stages.queue(make_entry(), user=admin_user, now=NOW)
    with pytest.raises(filling.Refused, match="This instance has read states already"):
        filling.check_empty()


def test_an_instance_that_has_fetched_posts_is_refused(db: None) -> None:
    make_post()
    with pytest.raises(filling.Refused, match="This instance has posts already"):
        filling.check_empty()


def test_it_is_made_once_beside_what_curators_have_entered(
    admin_user: User, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = make_entry("Entered by hand")
    sizes = ("--readers", "2", "--entries", "3", "--posts", "0")
    call_command("makedemo", *sizes)
    assert "signinlink" in capsys.readouterr().out
    assert Entry.objects.filter(slug__startswith="demo-").count() == 3
    assert Entry.objects.get(pk=mine.pk).title == "Entered by hand"
    assert User.objects.count() == 3
    with pytest.raises(CommandError, match="already; it is made only once"):
        call_command("makedemo", *sizes)
    call_command("makedemo", "--if-empty", *sizes)
    assert capsys.readouterr().out == ""
    assert User.objects.count() == 3


def test_without_feeds_there_are_no_posts_to_make(db: None) -> None:
    make_entry()
    with pytest.raises(CommandError, match="no live source with a feed"):
        call_command("makedemo", "--posts", "5")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--readers", "0"], "must be a whole number from 1 to"),
        (["--posts", "-5"], "must be a whole number from 0 to"),
        (["--seed", "one"], "must be a whole number from 0 to"),
        (["--now", "yesterday"], "must be a time like"),
    ],
)
def test_what_cannot_be_meant_is_said(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("makedemo", *arguments)
