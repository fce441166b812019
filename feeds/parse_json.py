"""JSON Feed, versions 1.0 and 1.1, to drafts: https://www.jsonfeed.org/version/1.1/."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from feeds import plain
from feeds.documents import UNWANTED
from feeds.links import absolute
from feeds.parsed import MAX_BYLINE, MAX_TITLE, BrokenFeed, Draft, Enclosure, NotAFeed, Reading

# Beyond this a document is an attack: each object and list in it takes several times its bytes.
MAX_PARTS = 300_000
MAX_AUTHORS = 50
_SIGN = "jsonfeed.org/version/1"


def read(text: str, *, url: str) -> Reading:
    """The items of the document, in its order.

    Raises NotAFeed for JSON of another kind, and BrokenFeed.
    """
    if text.count("{") + text.count("[") > MAX_PARTS:
        raise _refusal(text, _("it has more than %(count)d parts") % {"count": MAX_PARTS})
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _refusal(text, _("line %(line)d: %(error)s") % {"line": error.lineno, "error": error.msg}) from error
    except (RecursionError, ValueError) as error:
        raise _refusal(text, _("it is nested too deeply, or holds too long a number")) from error
    if not isinstance(document, dict) or _SIGN not in _text(document, "version"):
        raise NotAFeed(_not_a_feed())
    items = document.get("items")
    if not isinstance(items, list):
        raise BrokenFeed(_("This JSON Feed has no list of items."))
    home = absolute(_text(document, "home_page_url"), url)
    drafts = [draft for item in items if isinstance(item, dict) and (draft := _draft(item, url)) is not None]
    return Reading(drafts, len(items) - len(drafts), title=_line(document, "title"), home=home)


def _refusal(text: str, reason: str) -> Exception:
    if _SIGN in text:
        return BrokenFeed(_("This JSON Feed is broken: %(reason)s.") % {"reason": reason})
    return NotAFeed(_not_a_feed())


def _not_a_feed() -> str:
    return _("This address answers with JSON, but not with a JSON Feed. Look for the address of the feed.")


def _draft(item: dict[str, Any], base: str) -> Draft | None:
    url = absolute(_text(item, "url"), base) or absolute(_text(item, "external_url"), base)
    dated = _text(item, "date_published") or _text(item, "date_modified")
    draft = Draft(
        guid=_guid(item),
        url=url,
        title=_line(item, "title"),
        html=_body(item),
        base=url or base,
        dated=dated,
        published_at=_date(dated),
        authors=tuple(_authors(item)),
        enclosures=tuple(_enclosures(item, base)),
    )
    return None if draft.is_empty() else draft


def _guid(item: dict[str, Any]) -> str:
    """Its id; numbers are no ids by the letter, but are written, and have to be taken for them."""
    value = item.get("id")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(item, "id")


def _body(item: dict[str, Any]) -> str:
    html = _text(item, "content_html")
    return html or plain.as_html(_text(item, "content_text") or _text(item, "summary"))


def _authors(item: dict[str, Any]) -> Iterator[str]:
    """The names of those who wrote it; version 1.0 knew one."""
    listed = item.get("authors")
    for author in listed[:MAX_AUTHORS] if isinstance(listed, list) else [item.get("author")]:
        if isinstance(author, dict) and (name := plain.one_line(_text(author, "name"), MAX_BYLINE)):
            yield name


def _enclosures(item: dict[str, Any], base: str) -> Iterator[Enclosure]:
    attachments = item.get("attachments")
    for each in attachments if isinstance(attachments, list) else []:
        if isinstance(each, dict) and (url := absolute(_text(each, "url"), base)):
            seconds = each.get("duration_in_seconds")
            duration = str(int(seconds)) if isinstance(seconds, int | float) and 0 < seconds < 10**6 else ""
            yield Enclosure(url, _text(each, "mime_type"), duration)


def _date(text: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(text.strip())
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _line(element: dict[str, Any], name: str) -> str:
    return plain.one_line(_text(element, name), MAX_TITLE)


def _text(element: dict[str, Any], name: str) -> str:
    """The text under a name. JSON can write what its document could not hold: NUL, halves of characters."""
    value = element.get(name)
    return UNWANTED.sub("", value).strip() if isinstance(value, str) else ""
