"""`classify --ray`: pictures on the machines of a Ray cluster, into a folder of Parquet files."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from recognizer.bulk.account import counted
from recognizer.commands.progress import progress_bar
from recognizer.errors import CallerError
from recognizer.model_file import artifact
from recognizer.registry import versions
from recognizer.terminal import printable

if TYPE_CHECKING:
    from recognizer.cluster.answers_parquet import AnswersFolder
    from recognizer.cluster.sources import Found

_HERE = "here"


def add_options(parser: argparse.ArgumentParser, output: argparse._MutuallyExclusiveGroup) -> None:
    """Adds the options about a cluster."""
    output.add_argument(
        "--ray",
        nargs="?",
        const=_HERE,
        metavar="ADDRESS",
        help="let the machines of a Ray cluster answer (default: $RAY_ADDRESS, or this machine); PATH may be a tar file"
        " or an address such as s3://bucket/folder, too",
    )
    parser.add_argument("--out", metavar="DIR", help="with --ray: write Parquet files there, or go on with them")


def write_answers(options: argparse.Namespace) -> int:
    """Writes the answers; returns the exit code."""
    if not options.out:
        raise CallerError("--ray needs --out DIR, a folder for the answers.")
    if options.server or options.key:
        raise CallerError("With --ray, a model file answers on each machine: leave --server and --key out.")
    from recognizer.cluster import answers_parquet, sources  # Here, for they need the extra `ray`.

    model = Path(os.path.abspath(options.model or versions.active()))  # noqa: PTH100 - links stay as they are.
    source = artifact.read(model)
    looks = "" if options.second_look else ", one look"
    named = f"{source.metadata.name}-{source.metadata.version}{looks}"
    answered_by = {"model": named, "digest": source.digest}
    found = sources.find(options.paths)
    for line in found.passed_over.lines(_taken(found), "docs/scale.md") if found.passed_over else ():
        _say(line)
    with answers_parquet.opened(options.out, answered_by, overwrite=options.overwrite) as folder:
        left = bool(found.shards) or any(place.path not in folder.done for place in found.pictures)
        try:
            if left:
                _answer(options, found, folder, model, answered_by)
        except KeyboardInterrupt:
            folder.flush()
            _say(f"Stopped. {_count(folder, options.out)} The same command goes on with the others.")
            return 1
        folder.flush()
        _say(_count(folder, options.out))
        return 0 if len(folder.done) > folder.errors else 2


def _answer(
    options: argparse.Namespace, found: Found, folder: AnswersFolder, model: Path, answered_by: dict[str, str]
) -> None:
    """Lets the cluster answer what has no row yet, and writes it."""
    from recognizer.cluster import connection, run

    before = frozenset(folder.done)
    total, done = (None, 0) if found.shards else (len(found.pictures), sum(p.path in before for p in found.pictures))
    address = None if options.ray == _HERE else options.ray
    with connection.connected(address) as cores, progress_bar(total, done) as bar:
        work = run.answers(found, before, model, answered_by, cores=cores, second_look=options.second_look)
        with closing(work):
            for rows in work:
                bar.advance(bar.task_ids[0], folder.write(rows))


def _taken(found: Found) -> str:
    return f"{counted(len(found.pictures), 'picture')} and {counted(len(found.shards), 'tar file')}"


def _count(folder: AnswersFolder, out: str) -> str:
    bad = f", {folder.errors:,} of them could not be read" if folder.errors else ""
    return f"{out} has {counted(len(folder.done), 'row')}{bad}."


def _say(sentence: str) -> None:
    print(printable(sentence), file=sys.stderr)
