"""The network's thread, as code that is not asynchronous sees it."""

import gc

import pytest

from feeds.answers import answers_of
from feeds.fetch import Answer, Target
from feeds.models import Outcome
from tests.fixtures.far import Far


def test_an_answer_that_comes_just_when_the_wait_for_it_ends_is_not_lost() -> None:
    targets = [Target(number, "ftp://refused.example/") for number in range(300)]
    came: list[Answer] = []
    with answers_of(targets) as answers:
        while len(came) < len(targets):
            if (answer := answers.next(0)) is not None:
                came.append(answer)
    assert [answer.feed_id for answer in came] == list(range(300))
    assert {answer.outcome for answer in came} == {Outcome.FORBIDDEN}


@pytest.mark.parametrize("taken", [0, 1, 10])
def test_left_at_any_answer_it_leaves_nothing_open(taken: int, far: Far, caplog: pytest.LogCaptureFixture) -> None:
    targets = [Target(number, far.serve(f"/{number}", "x")) for number in range(10)]
    for _time in range(10):
        with answers_of(targets) as answers:
            came = [answers.next(10) for _number in range(taken)]
        assert None not in came
    gc.collect()
    assert [record for record in caplog.records if record.name == "asyncio"] == []
