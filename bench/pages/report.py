"""What pages cost, as tables for people, in Markdown, and as JSON."""

import json
from dataclasses import asdict
from statistics import median

from bench.pages.results import ByName, Costs, Results, bars
from bench.report import bars_table, tabulate


def markdown(results: Results) -> str:
    paragraphs = [results.machine.sentence(), _what(results), bars_table(bars(results)), _pages(results)]
    return "\n\n".join([*paragraphs, _inbox(results), _marks(results), _searches(results)])


def as_json(results: Results) -> str:
    found = asdict(results)
    found["bars"] = [asdict(bar) | {"is_held": bar.is_held} for bar in bars(results)]
    found["ratios"] = {name: results.ratio(name) for name in results.pages}
    return json.dumps(found, indent=2)


def _what(results: Results) -> str:
    return (
        f"The data of `makedemo --readers {results.readers} --entries {results.entries} --seed 1`; for the pages with "
        f"{results.posts['many']:,} posts. The reader is the one who has read the most. Each figure is the median of "
        f"{results.repetitions} requests, taking turns with the baseline in one process: CPU of Python and of "
        "PostgreSQL together, which is what pages are compared by, and by the clock. The baseline is a view of the "
        "bench's own behind the same middleware: signed in, six queries by primary key, the last of which brings 50 "
        "rows, and a plain template that writes them. kB are what a browser fetches that has been here never before, "
        "packed by gzip: the page, its style sheets, scripts and icon, added up by what the page links. A process "
        "remembers parts of pages as it has written them (`readinglist/written.py`); the times with nothing remembered "
        "are those of its first such pages."
    )


def _pages(results: Results) -> str:
    lines = [["the baseline", *_figures(_all(results.baselines)), "", "", "", ""]]
    for name in sorted(results.pages, key=results.ratio):
        sizes = results.sizes.get(name)
        weights = [f"{sizes['page'] / 1000:.1f}", f"{sizes['all'] / 1000:.0f}"] if sizes else ["", ""]
        ratios = [f"{results.ratio(name):.2f}", f"{results.ratio_anew(name):.2f}"]
        lines.append([name, *_figures(results.pages[name]), *ratios, *weights])
    medians = [f"**{results.median_ratio():.2f}**", f"{results.median_ratio_anew():.2f}"]
    lines.append(["**the median page**", "", "", "", *medians, "", ""])
    return tabulate([*_HEAD, "times the baseline", "nothing remembered", "page, kB", "with all, kB"], lines)


def _inbox(results: Results) -> str:
    lines = [[f"{results.unread[name]:,} unread posts", *_figures(costs)] for name, costs in results.inbox.items()]
    return f"The inbox of who follows everything and has read nothing:\n\n{tabulate(_HEAD, lines)}"


def _marks(results: Results) -> str:
    many = list(results.unread.values())[-1]
    names = {
        "all": f"“Read up to here” through the newest of {many:,} unread posts",
        "last": "the same where one post is unread",
        "one": "one post marked as read",
    }
    lines = [[names[what], *_figures(costs)] for what, costs in results.marks.items()]
    return f"Marks, as whole requests:\n\n{tabulate(_HEAD, lines)}"


def _searches(results: Results) -> str:
    databases = list(results.searches)
    heads = [f"{results.posts[name]:,} posts: {what}" for name in databases for what in ("median, ms", "p95, ms")]
    lines = [
        [what, *(figure for name in databases for figure in _by_the_clock(results.searches[name][what]))]
        for what in results.searches[databases[0]]
    ]
    together = [figure for name in databases for figure in _by_the_clock(_all(results.searches[name]))]
    lines.append(["**all of them**", *together])
    return f"A search, the whole page by the clock:\n\n{tabulate(['', *heads], lines)}"


_HEAD = ("", "Python, ms", "PostgreSQL, ms", "by the clock, ms")


def _figures(costs: Costs) -> list[str]:
    return [f"{1000 * median(figures):.1f}" for figures in (costs.python, costs.database, costs.wall)]


def _by_the_clock(costs: Costs) -> list[str]:
    return [f"{1000 * median(costs.wall):.0f}", f"{1000 * costs.slowest:.0f}"]


def _all(found: ByName) -> Costs:
    """As if all were one request."""
    together = Costs()
    for costs in found.values():
        together.python += costs.python
        together.database += costs.database
        together.wall += costs.wall
    return together
