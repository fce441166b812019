"""What the made-up works and posts say: titles and texts from lists of the field's terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from random import Random

TOPICS = (
    "pipeline parallelism",
    "tensor parallelism",
    "sequence parallelism",
    "expert routing",
    "activation checkpointing",
    "gradient compression",
    "optimiser sharding",
    "cache paging",
    "speculative decoding",
    "prefill scheduling",
    "checkpoint recovery",
    "straggler detection",
    "collective communication",
    "communication overlap",
    "mixed precision",
    "eight-bit training",
    "data loading",
    "tokeniser throughput",
    "cluster scheduling",
    "network congestion control",
    "host memory offloading",
    "kernel fusion",
    "attention kernels",
    "long-context training",
    "reward modelling",
    "preference tuning",
    "rollout generation",
    "weight streaming",
    "rank placement",
    "silent corruption checks",
    "power capping",
    "batch-size warm-up",
    "learning-rate transfer",
    "loss-spike recovery",
    "corpus deduplication",
    "elastic training",
    "evaluation harnesses",
)
MANNERS = (
    "elastic",
    "topology-aware",
    "fault-tolerant",
    "memory-frugal",
    "asynchronous",
    "overlapped",
    "hierarchical",
    "adaptive",
    "deterministic",
    "low-precision",
    "near-lossless",
    "bandwidth-bound",
    "decoupled",
    "just-in-time",
)
SETTINGS = (
    "on a thousand accelerators",
    "for mixtures of experts",
    "across data centres",
    "under preemption",
    "over slow links",
    "at long context",
    "on commodity networks",
    "in production",
    "for small teams",
    "without global barriers",
    "on shared clusters",
    "with uneven hardware",
)
COSTS = ("step time", "peak memory", "traffic between nodes", "idle time", "restart time", "energy", "tail latency")
SYLLABLES = (
    ("Bro", "Cal", "Dru", "Eld", "Fen", "Gal", "Hol", "Ist", "Jor", "Kel", "Lum", "Mar", "Nor", "Osk", "Pel", "Quo"),
    ("a", "be", "di", "fo", "ga", "ke", "li", "mo", "na", "ri", "su", "ta", "ve", "wi"),
    ("dan", "fer", "gor", "ket", "lin", "mir", "nath", "pol", "ros", "sten", "tor", "vane", "wick", "zel"),
)
SENTENCES = (
    "With {topic} switched off, {cost} rises by {number} per cent on the same run.",
    "We expected {topic} to be the bottleneck; the profile says it is {other}.",
    "The numbers come from {count} accelerators and {days} days, so read them with care.",
    "Most of the gain in {cost} is there before {topic} is tuned at all.",
    "What helped least was {topic}, and it took the longest.",
    "The version {manner} enough to survive a lost node costs {number} per cent of {cost}.",
    "Nothing here depends on the size of the model, only on {cost} and on how {topic} is laid out.",
    "The second run, {setting}, repeats the first one within {number} per cent.",
    "If you change one thing this week, change how {topic} meets {other}.",
    "The configuration is in the appendix; {topic} is the only part that we would write differently today.",
    "A failure of one host shows up as {cost} first and in the logs of {topic} much later.",
    "We kept the {manner} variant because it is easier to explain to whoever is on call.",
    "Readers who know {topic} can skip to the table; the rest follows from {other}.",
    "There is a trap: {topic} looks free {setting}, until {cost} is counted.",
    "Before, {cost} grew with the number of nodes; now it is flat up to {count}.",
    "Both teams measured {cost} in the same way, which made the difference in {topic} visible.",
)
OPENINGS = (
    "A short account of {topic} {setting}, with what we measured and what we would leave out.",
    "This started as a question about {cost} and ended in {topic}.",
    "{Topic} has a reputation for being hard {setting}. It is, but not for the reason we had in mind.",
    "Three weeks of {topic} {setting}, written down while we still remember them.",
    "Here is how we think about {topic} now, {number} incidents later.",
)
MADE_UP = "Made up for the demo."
SITE = "demo.example"  # a name that is reserved and leads nowhere


@dataclass(frozen=True, slots=True)
class Subject:
    """What a work or post is about, as one set of words for its title and text."""

    topic: str
    other: str
    manner: str
    setting: str
    cost: str
    number: int
    count: int
    days: int

    def fill(self, pattern: str) -> str:
        return pattern.format(
            topic=self.topic,
            Topic=capitalised(self.topic),
            other=self.other,
            manner=self.manner,
            Manner=capitalised(self.manner),
            setting=self.setting,
            cost=self.cost,
            number=self.number,
            count=self.count,
            days=self.days,
        )


def subject(rng: Random) -> Subject:
    topic, other = rng.sample(TOPICS, 2)
    return Subject(
        topic=topic,
        other=other,
        manner=rng.choice(MANNERS),
        setting=rng.choice(SETTINGS),
        cost=rng.choice(COSTS),
        number=rng.randint(2, 48),
        count=2 ** rng.randint(3, 12),
        days=rng.randint(2, 40),
    )


def system_name(rng: Random) -> str:
    """What a system could be called, and as far as is known none is."""
    return "".join(rng.choice(part) for part in SYLLABLES)


def sentences(rng: Random, count: int) -> str:
    return " ".join(subject(rng).fill(pattern) for pattern in rng.sample(SENTENCES, count))


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


class Texts:
    """Bodies of posts, put together from a stock of blocks: to write each sentence anew would take minutes."""

    STOCK = 1500

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._blocks = [_block(rng) for _ in range(self.STOCK)]

    def body(self, about: Subject) -> str:
        """Clean HTML, mostly of 1 to 6 thousand characters, short ones more often."""
        count = min(2 + int(self._rng.expovariate(1 / 3)), 11)
        opening = escape(about.fill(self._rng.choice(OPENINGS)), quote=False)
        blocks = "\n".join(self._rng.choices(self._blocks, k=count))
        return f"<p>{opening}</p>\n{blocks}\n<p><em>{MADE_UP}</em></p>"


def _block(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.05:
        return _elements("ul", "li", [sentences(rng, 1) for _ in range(rng.randint(2, 5))])
    if kind < 0.08:
        about = subject(rng)
        return f"<pre><code>nodes: {about.count}\nmode: {about.manner}\nbudget: {about.number}%\n</code></pre>"
    if kind < 0.11:
        return _elements("blockquote", "p", [sentences(rng, 2)])
    if kind < 0.16:
        about = subject(rng)
        heading = escape(capitalised(about.fill("{topic} {setting}")), quote=False)
        return f"<h2>{heading}</h2>\n{_elements('', 'p', [sentences(rng, 4)])}"
    return _elements("", "p", [sentences(rng, rng.randint(3, 8))])


def _elements(outer: str, inner: str, texts: Sequence[str]) -> str:
    elements = "\n".join(f"<{inner}>{escape(text, quote=False)}</{inner}>" for text in texts)
    return f"<{outer}>\n{elements}\n</{outer}>" if outer else elements
