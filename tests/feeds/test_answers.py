"""The network's thread, as code that is not asynchronous sees it."""

from feeds.answers import answers_of
from feeds.fetch import Answer, Target
from feeds.models import Outcome


def test_an_answer_that_comes_just_when_the_wait_for_it_ends_is_not_lost() -> None:
    targets = [Target(number, "ftp://refused.example/") for number in range(300)]
    came: list[Answer] = []
    with answers_of(targets) as answers:
        while len(came) < len(targets):
            if (answer := answers.next(0)) is not None:
                came.append(answer)
    assert [answer.feed_id for answer in came] == list(range(300))
    assert {answer.outcome for answer in came} == {Outcome.FORBIDDEN}
