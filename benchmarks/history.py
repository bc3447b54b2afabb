"""`python -m benchmarks.history`: how fast are the pages of a long history, and what does keeping one cost?

A database of its own is filled and removed again: a file, or with DATABASE_URL one on that server.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import history_path
from benchmarks.history_path import WITH, WITHOUT

if TYPE_CHECKING:
    from benchmarks.history_pages import Timed

MOST_MS, MOST_QUERIES = 150.0, 12
"""What a page may cost."""
MOST_SLOWER = 0.10
"""How much slower keeping a history may make an answer."""


def main(arguments: list[str] | None = None) -> int:
    """Measures; the exit code is 1 where something costs more than it may."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("part", choices=("pages", "path"), nargs="?", help="measure this only")
    parser.add_argument("--rows", type=int, default=100_000, help="answers in the history (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=7, help="visits to each page (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="of classification (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement (default: %(default)s)")
    parser.add_argument(
        "--everything", action="store_true", help="path: compare with a history, an API key and metrics together"
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="menagerie-history-") as folder:
        # First, for Django can be set up once only.
        slow_path = options.part != "pages" and _path(Path(folder), options)
        slow_pages = options.part != "path" and _pages(Path(folder), options.rows, options.repeats)
    return 1 if slow_path or slow_pages else 0


def _pages(folder: Path, rows: int, repeats: int) -> bool:
    """Says whether a page was too slow."""
    with _database(folder):
        from benchmarks import history_pages, history_rows

        history_rows.fill(rows)
        timed = []
        for page in history_pages.measure(repeats=repeats):
            timed.append(page)
            times = f"{page.median_ms:7.1f} ms, worst {page.worst_ms:7.1f}, CPU {page.cpu_ms:6.1f}"
            print(f"{times}, {page.queries:2} queries  {page.name}", flush=True)
    slow = too_slow(timed)
    print(f"{len(timed)} pages of {rows} answers; over {MOST_MS:.0f} ms or {MOST_QUERIES} queries: {slow or 'none'}")
    return bool(slow)


def too_slow(pages: Sequence[Timed]) -> list[str]:
    """Names of the pages that cost more than they may."""
    return [page.name for page in pages if page.median_ms > MOST_MS or page.queries > MOST_QUERIES]


@contextmanager
def _database(folder: Path) -> Iterator[None]:
    """Django with an empty database that is removed afterwards."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "webui.config.settings",
        "MENAGERIE_DATA": str(folder),
        "MENAGERIE_ALLOWED_HOSTS": "testserver",  # As Django's test client calls it.
    }
    import django

    django.setup()
    from django.db import connection

    from webui import services, wiring

    services.use(wiring.make())  # Without a model: no page of the history needs one.
    is_file = connection.vendor == "sqlite"
    connection.settings_dict["TEST"]["NAME"] = str(folder / "history.sqlite3") if is_file else f"history_{os.getpid()}"
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def _path(folder: Path, options: argparse.Namespace) -> bool:
    """Says whether keeping a history, or all that a server may do beside answering, makes answers too slow."""
    what = "a history, a key and metrics" if options.everything else "a history"
    measured = history_path.measure(
        folder, rounds=options.rounds, seconds=options.seconds, everything=options.everything
    )
    found = []
    for each in measured:
        found.append(each)
        print(
            f"one connection: {each[WITHOUT].latency_ms:.1f} ms without {what}, {each[WITH].latency_ms:.1f} with; "
            f"eight: {each[WITHOUT].per_second:.1f} a second without, {each[WITH].per_second:.1f} with, "
            f"CPU {each[WITHOUT].cpu_ms:.1f} and {each[WITH].cpu_ms:.1f} ms",
            flush=True,
        )
    ratio = history_path.ratios(found)
    print(
        f"with {what}, medians of {options.rounds} rounds: {ratio.latency_ms:.3f} of the latency, "
        f"{ratio.per_second:.3f} of the throughput, {ratio.cpu_ms:.3f} of the CPU"
    )
    return ratio.latency_ms > 1 + MOST_SLOWER or ratio.per_second < 1 / (1 + MOST_SLOWER)


if __name__ == "__main__":
    sys.exit(main())
