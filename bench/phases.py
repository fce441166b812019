"""The five states of the world that a poll of all feeds is measured in, and what each has to bring."""

from dataclasses import dataclass
from enum import StrEnum

NEW_POSTS = 3  # of a feed that has any, in one round
NEW_EVERY = 10  # one feed in so many has new posts


class Phase(StrEnum):
    COLD = "cold"
    NOT_MODIFIED = "304"
    SAME = "same"
    DATE = "date"
    NEW = "new"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Phase.COLD: "cold",
    Phase.NOT_MODIFIED: "all 304",
    Phase.SAME: "same bytes, no 304",
    Phase.DATE: "only a build date changed",
    Phase.NEW: "one in ten new",
}


@dataclass(frozen=True, slots=True)
class Edition:
    """What the publishers serve: the phase, and for new posts how many rounds of them there have been."""

    phase: Phase = Phase.COLD
    round: int = 0

    def has_news(self, feed: int) -> bool:
        return self.phase == Phase.NEW and feed % NEW_EVERY == 0

    def new_posts(self, feeds: int) -> int:
        """How many posts a poll of the first `feeds` feeds has to bring, one round after the last."""
        return NEW_POSTS * sum(self.has_news(feed) for feed in range(feeds))
