"""A work as it is cited: BibTeX, RIS, CSL-JSON and plain text, each a pure function of what is known of it.

BibTeX: the types and fields of BibTeX 0.99 with arXiv's `eprint`, which BibLaTeX reads too. RIS: Reference Manager's
tags, lines ended by CRLF. CSL-JSON: an array of one item of citationstyles.org's input schema 1.0.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet
from django.utils.translation import gettext

from readinglist.catalog.choices import EntryKind
from readinglist.catalog.models import Entry
from readinglist.catalog.names import Authors, Name, authors_of, letters, one_line

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_JOURNAL = re.compile(
    r"\b(?:journal|transactions|letters|review|magazine|annals|communications|bulletin|nature|science|"
    r"jmlr|tmlr|tacl|pvldb|jair|pnas|cacm|tpami|tocs|tods|tosem|toplas)\b",
    re.IGNORECASE,
)
_PREPRINT = re.compile(r"\b(?:arxiv|preprint|openreview|biorxiv|ssrn)\b", re.IGNORECASE)
_LEFT_OUT = re.compile("a|an|and|are|as|at|by|can|do|does|for|from|how|in|is|it|of|on|or|the|to|we|what|when|why|with")
_SCHOLARLY = {EntryKind.PAPER, EntryKind.SURVEY}
_NAMED_IN_TEXT = 20  # authors; the rest of a longer list is "et al."

# What a work is, however a style calls it: (BibTeX, RIS, CSL).
_ARTICLE = ("article", "JOUR", "article-journal")
_INPROCEEDINGS = ("inproceedings", "CPAPER", "paper-conference")
_PREPRINTED = ("misc", "UNPB", "article")
_KINDS: dict[str, tuple[str, str, str]] = {
    EntryKind.REPORT: ("techreport", "RPRT", "report"),
    EntryKind.BOOK: ("book", "BOOK", "book"),
    EntryKind.COURSE: ("misc", "ELEC", "webpage"),
    EntryKind.TUTORIAL: ("misc", "ELEC", "webpage"),
    EntryKind.ARTICLE: ("misc", "BLOG", "post-weblog"),
    EntryKind.LOGBOOK: ("misc", "ELEC", "webpage"),
    EntryKind.FRAMEWORK: ("misc", "COMP", "software"),
    EntryKind.TOOL: ("misc", "COMP", "software"),
}
# Where a work appeared, by what it is.
_PLACE_IN_BIBTEX = {
    "article": "journal",
    "inproceedings": "booktitle",
    "techreport": "institution",
    "book": "publisher",
}
_PLACE_IN_RIS = {"JOUR": "JO", "CPAPER": "T2", "RPRT": "PB", "BOOK": "PB", "COMP": "PB"}
_PLACE_IN_CSL = {"report": "publisher", "book": "publisher", "software": "publisher"}

# A backslash, a brace or a newline of ours never stands in a value: nothing in it can end the field it is in.
_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{c: f"\\{c}" for c in "$&%#_"},
    }
)
_BRACES = str.maketrans({"\\": "%5C", "{": "%7B", "}": "%7D"})
_ADDRESS_SAFE = "!$&'()*+,-./:;=?@_~%#[]"


@dataclass(frozen=True, slots=True)
class Work:
    """What a citation is made of, each text on one line."""

    key: str
    types: tuple[str, str, str]
    title: str
    authors: Authors
    venue: str  # without its year
    year: int | None
    url: str
    arxiv: str
    doi: str
    isbn: str


def work_of(entry: Entry, identifiers: Iterable[str], *, key: str) -> Work:
    """What is cited of an entry with these identifiers. Published is what counts: "SC 2020", though posted in 2019."""
    venue, year = _published(entry)
    values = {kind: value for kind, _colon, value in (identifier.partition(":") for identifier in identifiers)}
    return Work(
        key=key,
        types=_types_of(entry.kind, venue, is_on_arxiv="arxiv" in values),
        title=one_line(entry.title),
        authors=authors_of(entry.authors),
        venue="" if _PREPRINT.search(venue) and "arxiv" in values else venue,
        year=year,
        url=_address(entry.url or values.get("url", "")),
        arxiv=one_line(values.get("arxiv", "")),
        doi=one_line(values.get("doi", "")),
        isbn=one_line(values.get("isbn", "")),
    )


# ----------------------------------------------------------------------- keys


def base_key(entry: Entry) -> str:
    """`vaswani2017attention`: the first author's family, the year, and the first word of the title that says something.

    Letters, a year or "nd", letters: two bases of different years are never the same.
    """
    _venue, year = _published(entry)
    names = authors_of(entry.authors).names
    words = [letters(word) for word in re.split(r"[\s\-‐-―/:]+", entry.title)]
    telling = next((word for word in words if len(word) > 1 and not _LEFT_OUT.fullmatch(word)), "")
    slug = letters(entry.slug.partition("-")[0])
    family = letters(names[0].family) if names else ""
    return f"{family or 'anon'}{year or 'nd'}{telling or slug or 'work'}"


def keys_of(entries: Iterable[Entry]) -> dict[int, str]:
    """A key for each, no two the same: where bases meet, the later ones get b, c, … in the order of their ids."""
    keys: dict[int, str] = {}
    taken: set[str] = set()
    for entry in sorted(entries, key=lambda entry: entry.pk):
        base = base_key(entry)
        number = 0
        key = base
        while key in taken:
            number += 1
            key = base + _suffix(number)
        taken.add(key)
        keys[entry.pk] = key
    return keys


def namesakes(entry: Entry) -> QuerySet[Entry]:
    """Those that came before the entry and could have its key: it is theirs. Drafts too, so that keys stay."""
    _venue, year = _published(entry)
    rows = Entry.objects.filter(pk__lte=entry.pk).only("slug", "title", "authors", "year", "venue")
    if year is None:
        return rows.filter(year=None)
    return rows.filter(year=year) | rows.filter(venue__contains=str(year))


def _suffix(number: int) -> str:
    """1 is b, 25 is z, 26 is ba: as digits of a to z."""
    text = ""
    while number:
        number, rest = divmod(number, 26)
        text = chr(ord("a") + rest) + text
    return text


# -------------------------------------------------------------------- formats


def bibtex(work: Work) -> str:
    kind = work.types[0]
    fields = [("title", _protected(work.title)), ("author", _bibtex_authors(work.authors))]
    if work.venue:
        fields.append((_PLACE_IN_BIBTEX.get(kind, "howpublished"), _tex(work.venue)))
    fields.append(("year", str(work.year or "")))
    if work.arxiv:
        fields += [("eprint", _verbatim(work.arxiv)), ("archivePrefix", "arXiv")]
    fields += [("doi", _verbatim(work.doi)), ("isbn", _verbatim(work.isbn)), ("url", _verbatim(work.url))]
    lines = [f"  {name} = {{{value}}}" for name, value in fields if value]
    return f"@{kind}{{{work.key},\n" + ",\n".join(lines) + "\n}\n"


def ris(work: Work) -> str:
    kind = work.types[1]
    lines = [("TY", kind), ("ID", work.key), ("TI", work.title)]
    lines += [("AU", _family_first(name)) for name in work.authors.names]
    lines += [("PY", str(work.year or "")), (_PLACE_IN_RIS.get(kind, "T2"), work.venue), ("DO", work.doi)]
    lines += [("SN", work.isbn), ("AN", f"arXiv:{work.arxiv}" if work.arxiv else ""), ("UR", work.url)]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in lines if value) + "ER  - \r\n"


def csl_json(work: Work) -> str:
    item: dict[str, Any] = {"id": work.key, "type": work.types[2], "title": work.title}
    if work.authors.names:
        more = [{"literal": "et al."}] if work.authors.has_more else []
        item["author"] = [*(_csl_name(name) for name in work.authors.names), *more]
    if work.year:
        item["issued"] = {"date-parts": [[work.year]]}
    if work.venue:
        item[_PLACE_IN_CSL.get(work.types[2], "container-title")] = work.venue
    if work.arxiv:
        item |= {"archive": "arXiv", "number": f"arXiv:{work.arxiv}"}
    item |= {name: value for name, value in (("DOI", work.doi), ("ISBN", work.isbn), ("URL", work.url)) if value}
    return json.dumps([item], ensure_ascii=False, indent=2) + "\n"


def plain(work: Work) -> str:
    """One line to paste: authors (year). Title. Venue. Identifier."""
    names = [_in_text(name) for name in work.authors.names[:_NAMED_IN_TEXT]]
    if work.authors.has_more or len(work.authors.names) > _NAMED_IN_TEXT:
        names.append("et al.")
    when = f"({work.year})" if work.year else ""
    by = " ".join(part for part in (", ".join(names), when) if part)
    found = _address(f"https://doi.org/{work.doi}") if work.doi else work.url
    known = [f"arXiv:{work.arxiv}" if work.arxiv else "", f"ISBN {work.isbn}" if work.isbn else "", found]
    parts = [part for part in (by, work.title, work.venue, *known) if part]
    return " ".join(part if part.endswith((".", "?", "!")) or part == found else f"{part}." for part in parts) + "\n"


@dataclass(frozen=True, slots=True)
class Style:
    """One way to write a citation, and the file it comes in."""

    slug: str
    label: str
    ending: str
    content_type: str

    def write(self, work: Work) -> str:
        return {"bibtex": bibtex, "ris": ris, "csl": csl_json, "text": plain}[self.slug](work)


def styles() -> Sequence[Style]:
    return (
        Style("bibtex", "BibTeX", "bib", "application/x-bibtex; charset=utf-8"),
        Style("ris", "RIS", "ris", "application/x-research-info-systems; charset=utf-8"),
        Style("csl", "CSL-JSON", "json", "application/vnd.citationstyles.csl+json"),
        Style("text", gettext("Plain text"), "txt", "text/plain; charset=utf-8"),
    )


# ---------------------------------------------------------------------- parts


def _published(entry: Entry) -> tuple[str, int | None]:
    """The venue without its year, and the year of it, else of the work."""
    venue = one_line(entry.venue)
    if match := _YEAR.search(venue):
        before, after = venue[: match.start()].rstrip(), venue[match.end() :]
        return one_line(before + after).strip(" ,"), int(match[0])
    return venue, entry.year


def _types_of(kind: str, venue: str, *, is_on_arxiv: bool) -> tuple[str, str, str]:
    if kind not in _SCHOLARLY:
        return _KINDS[kind]
    if _JOURNAL.search(venue):
        return _ARTICLE
    if venue and not _PREPRINT.search(venue):
        return _INPROCEEDINGS
    return _PREPRINTED if is_on_arxiv or venue else ("misc", "GEN", "document")


def _address(text: str) -> str:
    """What is not of an address by RFC 3986 is escaped."""
    return quote(one_line(text), safe=_ADDRESS_SAFE)


def _tex(text: str) -> str:
    return text.translate(_TEX)


def _verbatim(text: str) -> str:
    """For the fields that BibTeX's styles do not typeset: as it is, but for what would end the field."""
    return text.translate(_BRACES)


def _protected(title: str) -> str:
    """Words with capitals inside, or figures, keep their case whatever a style makes of titles: {ZeRO}, {GPT-4}."""
    return re.sub(r"[\w-]+|\W", lambda match: _word_of_title(match[0]), title)


def _word_of_title(word: str) -> str:
    return f"{{{_tex(word)}}}" if re.search(r".[A-ZÀ-Þ]|\d", word) else _tex(word)


def _bibtex_authors(authors: Authors) -> str:
    names = [_bibtex_name(name) for name in authors.names]
    return " and ".join([*names, "others"] if authors.has_more and names else names)


def _bibtex_name(name: Name) -> str:
    """In braces where BibTeX would take it apart: groups, and parts that have its "and" or a comma in them."""
    if name.is_group or re.search(r"\band\b|,", f"{name.family} {name.given}", re.IGNORECASE):
        return f"{{{_tex(_in_text(name))}}}"
    family = _tex(f"{name.particle} {name.family}".strip())
    return ", ".join(part for part in (family, _tex(name.suffix), _tex(name.given)) if part)


def _family_first(name: Name) -> str:
    """As RIS has it, "van der Maaten, Laurens"; an asterisk is not allowed there."""
    family = f"{name.particle} {name.family}".strip()
    return ", ".join(part for part in (family, name.given, name.suffix) if part).replace("*", "")


def _in_text(name: Name) -> str:
    return " ".join(part for part in (name.given, name.particle, name.family, name.suffix) if part)


def _csl_name(name: Name) -> dict[str, str]:
    if name.is_group:
        return {"literal": name.family}
    parts = {
        "family": name.family,
        "given": name.given,
        "non-dropping-particle": name.particle,
        "suffix": name.suffix,
    }
    return {part: text for part, text in parts.items() if text}
