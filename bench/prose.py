"""Made-up posts: HTML as publishers write it, with links, pictures, lists, code, tables, entities and loose attributes.

All of it comes of one seed. Words are made of syllables and drawn as words are, few of them often and many seldom, so
that texts compress as texts do; blocks of them are made once, and each post is a selection.
"""

from collections.abc import Callable
from html import escape
from itertools import accumulate
from random import Random

SYLLABLES = (
    *("ba", "be", "bor", "ca", "cen", "con", "da", "de", "dis", "en", "er", "est", "fa", "for", "ga", "gra", "hal"),
    *("in", "ing", "ion", "ka", "la", "len", "li", "lo", "ma", "men", "mo", "na", "ne", "nor", "on", "or", "pa", "per"),
    *("pro", "qua", "ra", "re", "ri", "sa", "sen", "ser", "si", "sta", "ta", "ten", "ter", "ti", "tion", "tor", "un"),
)
LITTLE_WORDS = ("the", "of", "and", "to", "a", "in", "is", "that", "for", "it", "on", "with", "as", "we", "this", "by")
ODDITIES = (
    "naïve",
    "größer",
    "Łódź",
    "東京",
    "≤",
    "🚀",
    "&mdash;",
    "&amp;",
    "&nbsp;",
    "&#8217;s",
    "&hellip;",
    "&lt;b&gt;",
)
WORDS, SENTENCES, BLOCKS = 3000, 2500, 2000


class Prose:
    def __init__(self, seed: int) -> None:
        self._rng = Random(seed)  # noqa: S311 - the same corpus for everybody
        words = [*LITTLE_WORDS, *(self._word() for _ in range(WORDS)), *ODDITIES]
        weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
        self._sentences = [self._sentence(words, weights) for _ in range(SENTENCES)]
        self._blocks = [self._block() for _ in range(BLOCKS)]

    def title(self, rng: Random) -> str:
        """Plain text of a line."""
        return " ".join(rng.choice(self._sentences).split()[: rng.randint(4, 10)]).replace("&", "and").replace(";", "")

    def summary(self, rng: Random) -> str:
        return f"<p>{rng.choice(self._sentences)} [&#8230;]</p>"

    def body(self, rng: Random, size: int) -> str:
        """HTML of about `size` characters."""
        blocks: list[str] = []
        while size > 0:
            blocks.append(rng.choice(self._blocks))
            size -= len(blocks[-1])
        return "\n".join(blocks)

    def _word(self) -> str:
        return "".join(self._rng.choices(SYLLABLES, k=self._rng.randint(1, 4)))

    def _sentence(self, words: list[str], weights: list[float]) -> str:
        text = " ".join(self._rng.choices(words, cum_weights=weights, k=self._rng.randint(6, 22)))
        return f"{text[0].upper()}{text[1:]}."

    def _block(self) -> str:
        kinds: dict[Callable[[], str], int] = {
            self._paragraph: 24,
            self._heading: 4,
            self._list: 3,
            self._code: 3,
            self._picture: 3,
            self._quotation: 2,
            self._table: 1,
        }
        (kind,) = self._rng.choices(list(kinds), list(kinds.values()))
        return kind()

    def _some(self, most: int) -> list[str]:
        return self._rng.sample(self._sentences, self._rng.randint(1, most))

    def _address(self) -> str:
        """Of another page: absolute, with a tracker, or relative to the site."""
        number = self._rng.randrange(100_000)
        forms = ("https://other.example/p/{0}", "https://other.example/{0}?utm_source=rss&amp;id={0}", "/archive/{0}/")
        return self._rng.choice(forms).format(number)

    def _paragraph(self) -> str:
        sentences = self._some(6)
        marked = self._rng.choice(
            ("<em>{}</em>", "<strong>{}</strong>", "<code>{}</code>", '<a href="%s">{}</a>', "{}")
        )
        words = sentences[0].split()
        at = self._rng.randrange(len(words))
        words[at] = (marked % self._address() if "%s" in marked else marked).format(words[at])
        start = self._rng.choice(("<p>", "<p>", '<p class="wp-block-paragraph" style="margin:0">', '<p data-id="7">'))
        return f"{start}{' '.join([' '.join(words), *sentences[1:]])}</p>"

    def _heading(self) -> str:
        level = self._rng.choice((2, 2, 3))
        return f'<h{level} id="part-{self._rng.randrange(100)}">{self._some(1)[0][:60].rpartition(" ")[0]}</h{level}>'

    def _list(self) -> str:
        return f"<ul>{''.join(f'<li>{sentence}</li>' for sentence in self._some(5))}</ul>"

    def _code(self) -> str:
        lines = [f'if {line.split()[0].lower()} < {n} && "{line.split()[-1]}":' for n, line in enumerate(self._some(6))]
        return f'<pre class="highlight"><code class="language-python">{escape(chr(10).join(lines))}</code></pre>'

    def _picture(self) -> str:
        number = self._rng.randrange(100_000)
        source = f"https://pictures.example/{number}"
        words, caption = self._some(1)[0][:40], self._some(1)[0]
        return (
            f'<figure><img src="{source}.jpg" srcset="{source}.jpg 1024w, {source}-300.jpg 300w" width="1024" '
            f'height="683" loading="lazy" alt="{words}"><figcaption>{caption}</figcaption></figure>'
        )

    def _quotation(self) -> str:
        return f"<blockquote><p>{' '.join(self._some(3))}</p></blockquote>"

    def _table(self) -> str:
        rows = "".join(f"<tr><td>{n}</td><td>{sentence[:40]}</td></tr>" for n, sentence in enumerate(self._some(4)))
        return f"<table><thead><tr><th>#</th><th>What</th></tr></thead><tbody>{rows}</tbody></table>"
