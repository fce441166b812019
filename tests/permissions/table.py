"""Reads table.txt: what each person is to get at each address."""

from dataclasses import dataclass
from pathlib import Path

PEOPLE = ("anonymous", "reader", "other", "curator", "admin")
TABLE = Path(__file__).with_name("table.txt")


@dataclass(frozen=True, slots=True)
class Row:
    """A route and a method, with what is expected by person."""

    part: str
    route: str
    of: str
    method: str
    may_write: bool
    expected: dict[str, str]


def read_table() -> list[Row]:
    rows, part = [], ""
    for line in TABLE.read_text().splitlines():
        if line.startswith("== "):
            part = line.removeprefix("== ").strip()
        elif line.strip() and not line.startswith("#"):
            route, of, method, *cells = line.split()
            expected = dict(zip(PEOPLE, cells, strict=True))
            rows.append(Row(part, route, of, method.rstrip("*"), method != "GET", expected))
    return rows


def parts() -> list[str]:
    return list(dict.fromkeys(row.part for row in read_table()))
