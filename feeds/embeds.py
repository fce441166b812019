"""Pictures and players in texts become links, since pages of ours load nothing from elsewhere; headings begin at two.

Works on what `nh3` has written, in which every `<` of a text and every quote in an attribute is escaped. Only what is
between the tags of an iframe is not; whatever becomes of that is sanitised after this.
"""

import re
from html import escape, unescape
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from feeds.links import PICTURE_CLASS, REL

_PLAYERS = {"iframe", "embed", "video", "audio", "source"}
_SECTIONS = {"article", "section", "header", "footer", "main", "aside", "nav", "address", "center", "hgroup"}
TAGS = {"img", "h1"} | _PLAYERS | _SECTIONS
ATTRIBUTES = {
    "img": {"src", "alt", "width", "height"},
    "iframe": {"src", "title"},
    "embed": {"src", "title"},
    "video": {"src", "title"},
    "audio": {"src", "title"},
    "source": {"src"},
}
_ANY = re.compile(rf"<(?:{'|'.join(sorted(TAGS))}|h[2-6])[ >]")
_TAG = re.compile(rf'<(/?)(a|h[1-6]|{"|".join(sorted(TAGS))})((?: [a-z]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_HEADING = re.compile(r"<h([1-6])[ >]")
_YOUTUBE = {"youtube.com", "youtube-nocookie.com"}
_VIDEO = re.compile(r"(?!videoseries|live_stream)[\w-]{6,20}", re.ASCII)
_MAX_LABEL = 300
# What some programs write as a picture each, with the sign itself in its words, or its name: `:rocket:`.
_EMOJI = re.compile(
    r"[\u2190-\u2bff\u200d\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]{1,12}|:[\w+-]{1,40}:", re.ASCII
)


def may_hold_any(html: str) -> bool:
    """Whether there is anything to replace."""
    return _ANY.search(html) is not None


def replace_all(html: str) -> str:
    """`html` with links in place of pictures and players, and with its headings from the second level down."""
    levels = sorted(set(_HEADING.findall(html)))
    replacing = _Replacing({f"h{level}": f"h{rank}" for rank, level in enumerate(levels, start=2)})
    return _TAG.sub(replacing, html)


class _Replacing:
    """What stands in place of each tag, from the first to the last."""

    def __init__(self, headings: dict[str, str]) -> None:
        self.headings = {old: min(new, "h6") for old, new in headings.items()}
        self.around = ""  # the attributes of the link that is open
        self.behind: list[str] = []  # the pictures inside of it
        self.waiting = ""  # the player that has not said yet what it plays

    def __call__(self, tag: re.Match[str]) -> str:
        is_end, name = bool(tag[1]), tag[2]
        if name in _SECTIONS:
            return f"<{tag[1]}div>"
        if name == "a":
            return self._pass_link(tag[0], is_end, tag[3])
        if name == "img":
            return self._picture(_attributes(tag[3]))
        if name in _PLAYERS:
            return "" if is_end else self._player(name, _attributes(tag[3]))
        return f"<{tag[1]}{self.headings.get(name, name)}{tag[3]}>"

    def _pass_link(self, tag: str, is_end: bool, attributes: str) -> str:
        if not is_end:
            self.around = attributes
            return tag
        pictures, self.around, self.behind = "".join(self.behind), "", []
        return tag + pictures

    def _picture(self, attributes: dict[str, str]) -> str:
        """Its link; inside another link its words alone, with its own link behind that."""
        address = attributes.get("src", "")
        words = " ".join(attributes.get("alt", "").split())[:_MAX_LABEL]
        if _EMOJI.fullmatch(words):
            return words
        if not address or attributes.get("width") in ("0", "1") or attributes.get("height") in ("0", "1"):
            return ""  # it counts readers
        around = _attributes(self.around).get("href", "")
        if not around:
            return self._link(
                address, _("Picture: %(alt)s") % {"alt": words} if words else _("Picture"), is_picture=True
            )
        if address != around:
            self.behind.append(" " + self._link(address, _("Picture"), is_picture=True))
        return escape(words or _("Picture"), quote=False)

    def _player(self, name: str, attributes: dict[str, str]) -> str:
        """A link to what would be played; of several forms of it to the first."""
        address = attributes.get("src", "")
        if name == "source":
            name, self.waiting = self.waiting, ""
        else:
            self.waiting = name if name in ("video", "audio") and not address else ""
        if not name or not address:
            return ""
        words = " ".join(attributes.get("title", "").split())[:_MAX_LABEL]
        kind = _("Audio") if name == "audio" else _("Video") if name == "video" else _("Embedded")
        address, kind = _watchable(address, kind)
        return self._link(address, f"{kind}: {words}" if words else kind)

    def _link(self, address: str, words: str, *, is_picture: bool = False) -> str:
        kind = f' class="{PICTURE_CLASS}"' if is_picture else ""
        return f'<a{kind} href="{escape(address)}" rel="{REL}">{escape(words, quote=False)}</a> '


def _attributes(text: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(text)}


def _watchable(address: str, kind: str) -> tuple[str, str]:
    """The page of a video whose player was embedded."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return address, kind
    first, _slash, rest = parts.path.strip("/").partition("/")
    if host in _YOUTUBE and first == "embed" and _VIDEO.fullmatch(rest):
        return f"https://www.youtube.com/watch?v={rest}", _("Video")
    if host == "player.vimeo.com" and first == "video" and rest.isdecimal():
        return f"https://vimeo.com/{rest}", _("Video")
    return address, kind
