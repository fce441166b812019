"""What a browser that has been here never before fetches for a page: the page, and what it links of style and script.

Added up, not measured in a browser: it is told by the page itself. Everything counts packed by gzip, as the proxy of
docker-compose.yml and WhiteNoise send it, without the headers of the answers.
"""

import gzip
import re
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath

from django.conf import settings
from django.http import HttpResponse

LEVEL = 5  # of Caddy
FETCHED = {"stylesheet", "icon"}
# Of style sheets and of modules; the names are those that collecting has put there.
_NAMED = re.compile(rb"""(?:url\(|(?:from|import)\s*)["']?([^"')\s]+\.(?:css|js|woff2|svg|png)(?:\?[^"')]*)?)["']?""")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and FETCHED & set(given.get("rel", "").split()):
            self.found.append(given["href"])
        if tag in ("script", "img") and given.get("src"):
            self.found.append(given["src"])


def bytes_of(response: HttpResponse) -> dict[str, int]:
    """By address: the size of the page itself, under the empty one, and of each file."""
    sizes = {"": len(gzip.compress(response.content, LEVEL))}
    links = _Links()
    links.feed(response.content.decode())
    waiting = links.found
    while waiting:
        address = waiting.pop()
        if address in sizes or not address.startswith(settings.STATIC_URL):
            continue
        file = Path(settings.STATIC_ROOT) / address.removeprefix(settings.STATIC_URL)
        packed = file.with_name(file.name + ".gz")
        sizes[address] = (packed if packed.exists() else file).stat().st_size
        if file.suffix in (".css", ".js"):
            named = [name.decode().partition("?")[0] for name in _NAMED.findall(file.read_bytes())]
            waiting += [normpath(join(dirname(address), name)) for name in named]
    return sizes
