"""Looks at HTML that came through the sanitiser, by a parser that is not the sanitiser's."""

from html.parser import HTMLParser

TAGS = frozenset(
    """a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure
    h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre q rp rt ruby s samp small strong sub summary sup table tbody td tfoot
    th thead time tr u ul var wbr math merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow
    ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none semantics""".split()  # noqa: SIM905
)
ATTRIBUTES = frozenset(
    """accent accentunder class colspan columnspan datetime depth dir display displaystyle fence height href lang
    linethickness lspace mathvariant maxsize minsize rel reversed rowspan rspace scope scriptlevel separator span start
    stretchy symmetric title type value width""".split()  # noqa: SIM905
)
SCHEMES = ("https://", "http://", "mailto:")


class _Watch(HTMLParser):
    """Lets nothing pass that is not known to be harmless."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attrs:
            assert name in ATTRIBUTES, f"{name} of {tag}"
            if name == "href":
                assert tag == "a"
                assert (value or "").lower().startswith(SCHEMES), value
            if name == "class":
                assert (tag, value) == ("a", "image")

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def assert_harmless(html: str) -> None:
    watch = _Watch()
    watch.feed(html)
    watch.close()
