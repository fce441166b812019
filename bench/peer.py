"""The peer: `reader` (lemon24) with fifteen workers and a SQLite file; a program (`programs.answer`)."""

import gc
import os
from collections.abc import Sequence
from contextlib import closing
from time import perf_counter
from typing import Any

from bench.programs import answer

os.environ["READER_NO_VENDORED_FEEDPARSER"] = "1"  # the one it brings wants a module that is not installed with it

from reader import __version__, make_reader

WORKERS = 15


def prepare(path: str, urls: Sequence[str]) -> dict[str, Any]:
    with closing(make_reader(path)) as reader:
        for url in urls:
            reader.add_feed(url)
    return {"version": __version__}


def visit(path: str) -> dict[str, Any]:
    with closing(make_reader(path)) as reader:
        gc.collect()
        started = perf_counter()
        reader.update_feeds(workers=WORKERS, scheduled=False)
        seconds = perf_counter() - started
        return {"seconds": seconds, "posts": reader.get_entry_counts().total}


if __name__ == "__main__":
    answer({"prepare": prepare, "visit": visit})
