"""Which addresses feeds may come from: public ones alone, unless FETCH_ALLOW_HOSTS names the host.

An address is judged as text before anything is asked (`parse`, `check_public`), and again as what the names came to
and what is connected to (`Resolver`, `public_socket`): text has many ways to mean a machine of this network.
"""

import asyncio
import re
import socket
from concurrent.futures import Executor
from ipaddress import IPv6Address, ip_address, ip_network

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from django.conf import settings
from django.utils.translation import gettext
from yarl import URL

MAX_LENGTH = 2048
PORTS = frozenset({80, 443})

# From IANA's registries of special purposes. Python's `is_global` lets some of these through, and which depends on its
# version.
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a carrier's customers
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; the metadata of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved; broadcast
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: leads to any IPv4 address
        "3fff::/20",  # documentation
    )
)
_GLOBAL_6 = ip_network("2000::/3")  # outside it no IPv6 address is given to a host of the Internet

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*")
_NUMERIC_6 = re.compile(r"[0-9a-f:]+")
# Systems read a name whose last part is a number as an address: 127.1, 0x7f000001, 2130706433.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Forbidden(OSError):
    """Nothing is fetched from there; the message says why, and what to do.

    An OSError, so that it comes through a connector like any other failure to connect.
    """


def is_public(address: str) -> bool:
    """Whether this is the address of a host of the Internet; what is no address at all is none."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if isinstance(ip, IPv6Address) and ip not in _GLOBAL_6:
        return False
    return not any(ip in network for network in _NOT_PUBLIC)


def parse(text: str, *, base: URL | None = None) -> URL:
    """An http or https address without user and fragment, relative to `base` where there is one."""
    if len(text) > MAX_LENGTH:
        raise Forbidden(gettext("The address is longer than %(count)s characters.") % {"count": MAX_LENGTH})
    try:
        url = URL(text)
        url = (url if base is None else base.join(url)).with_fragment(None)
        host = url.raw_host
        if host and host.endswith("."):
            url = url.with_host(host.rstrip("."))
    except (ValueError, IndexError):  # yarl trips over some brackets
        raise Forbidden(gettext("This cannot be read as an address of the web.")) from None
    if url.scheme not in ("http", "https") or not host:
        raise Forbidden(
            gettext("Feeds are fetched by http and https alone: the address begins with https:// and a host.")
        )
    if url.raw_user is not None or url.raw_password is not None:
        raise Forbidden(
            gettext("The address holds a user name or a password, which all curators would see. Remove it.")
        )
    return url


def is_trusted(url: URL) -> bool:
    """Whether FETCH_ALLOW_HOSTS names the host of this address."""
    return url.raw_host in settings.FETCH_ALLOW_HOSTS


def check_public(url: URL) -> None:
    """Raises Forbidden for a port or a host that can be seen not to be public without looking its name up."""
    host = url.raw_host or ""
    if not (_NAME.fullmatch(host) or _NUMERIC_6.fullmatch(host)):
        raise Forbidden(gettext("The host of the address is not written as a host's name."))
    if url.port not in PORTS:
        raise Forbidden(
            gettext(
                "Feeds are fetched by the ports 80 and 443 alone. "
                "If it has to be this one, name %(host)s in FETCH_ALLOW_HOSTS."
            )
            % {"host": host}
        )
    if ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]):
        refuse_private(host, [host])


def refuse_private(host: str, addresses: list[str]) -> None:
    """Raises Forbidden unless all addresses are public: who mixes them is not to be trusted with any."""
    if not all(map(is_public, addresses)):
        raise Forbidden(
            gettext(
                "%(host)s is no public address of the Internet. "
                "If it is a host of your own network, name it in FETCH_ALLOW_HOSTS."
            )
            % {"host": host}
        )


def public_socket(info: AddrInfoType) -> socket.socket:
    """The socket of a connector (its `socket_factory`), made only for the public address it is about to connect to."""
    family, kind, protocol, _, address = info
    refuse_private(address[0], [address[0]])
    return socket.socket(family, kind, protocol)


class Resolver(AbstractResolver):
    """Looks names up in the given threads: those of the loop are few, and its end would wait for a dead name server."""

    def __init__(self, threads: Executor, *, public_only: bool) -> None:
        self._threads = threads
        self._public_only = public_only

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host, port, family)
        if self._public_only:
            refuse_private(host, [one["host"] for one in found])
        return found

    async def close(self) -> None:
        """The threads are the giver's."""


def _look_up(host: str, port: int, family: int) -> list[ResolveResult]:
    infos = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [
        ResolveResult(
            hostname=host,
            host=str(address[0]),
            port=port,
            family=found_family,
            proto=protocol,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
        for found_family, _, protocol, _, address in infos
    ]
