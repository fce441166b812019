"""Foreign words in a mail, in the log and in the admin: titles of feeds, and what mail servers answer."""

JOINERS = "\u200c\u200d"  # unprintable by themselves, but letters and emoji hang together by them
LONGEST = 160


def one_line(text: str, *, longest: int = LONGEST) -> str:
    """On one line and of bearable length, without control characters and without what turns the reading direction."""
    start = text[: 4 * longest]  # a hostile title may be of megabytes
    line = " ".join("".join(c if c.isprintable() or c in JOINERS else " " for c in start).split())
    return line if len(line) <= longest and len(start) == len(text) else f"{line[: longest - 1].rstrip()}…"
