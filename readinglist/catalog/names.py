"""Names of authors as catalogues write them, "Laurens van der Maaten", taken apart as citations want them."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# In small letters between given and family name: the family name is sorted without them, and written with them.
_PARTICLE = re.compile(
    r"aan|al|af|av|bin|d'|da|dal|dalla|das|de|degli|dei|del|della|den|der|des|di|do|dos|du|el|ibn|la|las|le|los|"
    r"'t|te|ten|ter|van|vom|von|vor|zu|zum|zur"
)
_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})
_GROUP_WORD = re.compile(
    r"\b(?:association|authors|committee|collaboration|community|company|consortium|contributors|corp|corporation|"
    r"developers|foundation|group|inc|institute|labs?|laborator(?:y|ies)|ltd|maintainers|organi[sz]ation|project|"
    r"research|society|team|university|workshop)\b",
    re.IGNORECASE,
)
_ET_AL = frozenset({"et al", "et al.", "and others", "others"})
_FOLDED = str.maketrans({"ß": "ss", "ẞ": "SS", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "AE"})
_FOLDED |= str.maketrans({"œ": "oe", "Œ": "OE", "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "ı": "i"})


@dataclass(frozen=True, slots=True)
class Name:
    """One author. A group, or somebody of one name, has a `family` alone."""

    family: str
    given: str = ""
    particle: str = ""
    suffix: str = ""
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class Authors:
    names: tuple[Name, ...]
    has_more: bool = False  # "et al." stood at the end


def authors_of(written: Iterable[object]) -> Authors:
    """The authors of a work as its row has them; a list never names nobody, and "et al." is no name."""
    names: list[Name] = []
    has_more = False
    for author in written:
        text = one_line(str(author))
        head, comma, tail = text.rpartition(",")
        if comma and tail.strip().lower() in _ET_AL:
            text, has_more = head.strip(), True
        elif match := re.fullmatch(r"(.*\S)\s+(?:et al\.?|and others)", text, re.IGNORECASE):
            text, has_more = match[1], True
        if text.lower() in _ET_AL:
            has_more = True
        elif text:
            names.append(name_of(text))
    return Authors(tuple(names), has_more)


def name_of(text: str) -> Name:
    """One name; what has a comma is "Family, Given", or "Family, Jr., Given" as BibTeX writes it."""
    if _is_group(text):
        return Name(text, is_group=True)
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 1:
        return _in_order(text)
    if len(parts) == 2 and parts[1].lower() in _SUFFIXES:
        return _in_order(f"{parts[0]} {parts[1]}")
    if len(parts) > 3 or not all(parts):
        return Name(text, is_group=True)
    words = parts[0].split()
    count = _leading_particles(words)
    suffix = parts[1] if len(parts) == 3 else ""
    return Name(" ".join(words[count:]), parts[-1], " ".join(words[:count]), suffix)


def letters(text: str) -> str:
    """In plain small letters a to z, the rest left out: "Müller" is "muller"."""
    plain = unicodedata.normalize("NFKD", text.translate(_FOLDED))
    return re.sub(r"[^a-z]", "", plain.lower())


def one_line(text: str) -> str:
    """Without control characters and lone surrogates, each run of white space one space."""
    text = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cs")
    )
    return " ".join(text.split())


def _is_group(text: str) -> bool:
    words = re.findall(r"[\w-]+", text)
    if len(words) <= 1 or words[0].lower() == "the" or "AI" in words:  # in capitals: Ai is a person's name
        return True
    return bool(_GROUP_WORD.search(text)) or any(c.isdigit() or c in "&/" for c in text)


def _in_order(text: str) -> Name:
    """Given names first; the family name is the last word, or all that follows a particle in small letters."""
    words = text.split()
    suffix = words.pop() if len(words) > 1 and words[-1].lower() in _SUFFIXES else ""
    last = len(words) - 1
    first = next((place for place in range(1, last) if _is_particle(words[place])), last)
    count = _leading_particles(words[first:])
    family = " ".join(words[first + count :])
    return Name(family, " ".join(words[:first]), " ".join(words[first : first + count]), suffix)


def _is_particle(word: str) -> bool:
    return bool(_PARTICLE.fullmatch(word))


def _leading_particles(words: list[str]) -> int:
    """How many of the words, never all of them, are particles."""
    count = 0
    while count < len(words) - 1 and _is_particle(words[count]):
        count += 1
    return count
