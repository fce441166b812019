"""`make bench`: measures the feed engine, prints table or JSON, and keeps what a whole run found in RESULTS.md."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import Any

from bench import report
from bench.pages import run as pages
from bench.phases import Phase
from bench.run import PARTS, Options, run


def main() -> None:
    given = _parser().parse_args()
    if given.pages:
        pages.main(given)
        return
    options = _options(given)
    results = run(options)
    text = report.markdown(results)
    print(report.as_json(results) if given.json else text)
    if options.is_whole():
        report.write(text)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m bench", description="Measures the feed engine beside its floors and a peer."
    )
    parser.add_argument("--feeds", type=_positive, default=Options().feeds, help="how many (%(default)s)")
    parser.add_argument(
        "--phases",
        type=_list(Phase),
        metavar="PHASE,…",
        help=f"of {', '.join(Phase)}, cold among them anyhow; without the parts “flat” and “worker”",
    )
    parser.add_argument(
        "--only",
        type=_list(_part),
        metavar="PART,…",
        help=f"“ours” alone, or with it some of {', '.join(PARTS)}; else everything",
    )
    parser.add_argument("--no-peer", action="store_true", help="without the peer")
    parser.add_argument("--repeat", type=_positive, metavar="N", help="so many runs of each, instead of a few")
    parser.add_argument("--latency", type=int, default=0, metavar="MS", help="how late publishers answer (%(default)s)")
    parser.add_argument(
        "--stored", type=_list(_positive), default=Options().stored, metavar="N,…", help="posts, for the part “flat”"
    )
    parser.add_argument("--pages", action="store_true", help="measure the readers' pages instead")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON alone")
    return parser


def _options(given: Namespace) -> Options:
    of_phases = ("floors", "peer")
    wanted = given.only or (of_phases if given.phases else PARTS)
    parts = [part for part in PARTS if part in wanted and not (given.no_peer and part == "peer")]
    return Options(
        feeds=given.feeds,
        phases=tuple(phase for phase in Phase if phase in (given.phases or Phase)),
        parts=tuple(parts),
        repetitions=given.repeat,
        latency_ms=given.latency,
        stored=tuple(given.stored),
    )


def _list(kind: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    def read(text: str) -> list[Any]:
        try:
            return [kind(part) for part in text.split(",")]
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from None

    return read


def _part(text: str) -> str:
    if text not in ("ours", *PARTS):
        raise ValueError(f"{text!r} is not one of ours, {', '.join(PARTS)}")
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ValueError(f"{text!r} is no whole number above zero")
    return int(text)


if __name__ == "__main__":
    main()
