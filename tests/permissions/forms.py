"""What a browser would send of a page's form as it stands."""

from html.parser import HTMLParser
from typing import Any


def filled_in(page: str) -> dict[str, list[str]]:
    """The fields of the longest form of the page that is sent by POST, with what stands in them."""
    parser = _Forms()
    parser.feed(page)
    return max(parser.forms, key=len, default={})


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self._fields: dict[str, list[str]] | None = None
        self._area = self._select = ""
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes: dict[str, Any] = dict(attrs)
        name = attributes.get("name") or ""
        if tag == "form":
            self._fields = {} if (attributes.get("method") or "").lower() == "post" else None
        elif tag == "input" and name:
            self._input(name, attributes)
        elif tag == "select" and name:
            self._select, self._options = name, []
        elif tag == "option":
            self._options.append((attributes.get("value") or "", "selected" in attributes))
        elif tag == "textarea" and name:
            self._area = name
            self._add(name, "")

    def handle_data(self, data: str) -> None:
        if self._area and self._fields is not None:
            self._fields[self._area][-1] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "select" and self._select:
            chosen = [value for value, is_chosen in self._options if is_chosen]
            for value in chosen or [value for value, _is_chosen in self._options[:1]]:
                self._add(self._select, value)
            self._select = ""
        elif tag == "form" and self._fields is not None:
            self.forms.append(self._fields)
            self._fields = None

    def _input(self, name: str, attributes: dict[str, Any]) -> None:
        kind = attributes.get("type", "text")
        if kind in ("checkbox", "radio") and "checked" not in attributes:
            return
        if kind not in ("submit", "button", "file", "image"):
            self._add(name, attributes.get("value") or ("on" if kind == "checkbox" else ""))

    def _add(self, name: str, value: str) -> None:
        if self._fields is not None:
            self._fields.setdefault(name, []).append(value)
