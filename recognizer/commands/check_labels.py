"""`python -m recognizer check-labels`: which pictures look like those of another class than the one they are in.

table of files and classes -> embeddings, those that are known already first -> the votes of the nearest -> a table
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from recognizer import files
from recognizer.commands.answering import ModelChanged, opened
from recognizer.commands.events import Events, told
from recognizer.commands.progress import progress_bar
from recognizer.errors import ArtifactError, CallerError, ImageError
from recognizer.explain import known_pictures
from recognizer.explain.known_pictures import KnownPictures, Stamp
from recognizer.explain.labels import UNLABELLED, Vote, votes
from recognizer.explain.neighbours import Packed, packed
from recognizer.images.decode import Picture, read_file
from recognizer.recognizer import Recognizer
from recognizer.terminal import printable

HEADINGS = ("file", "class", "looks_like", "share")
_DESCRIPTION = """
Says what the ten pictures that the model finds most alike say each picture is, and how many of their votes, so that
what was sorted wrongly is found, and what is not sorted yet can be. What the model makes of each picture is kept beside
them, in the file of `embed`, so that the next time only new ones are looked at.
"""
_TOGETHER = 8
_KEPT_EVERY = 64
"""Batches after which what was computed is kept, for a run that is stopped."""
_FEWEST = 2


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    summary = "say which pictures look like those of another class"
    parser = commands.add_parser("check-labels", help=summary, description=_DESCRIPTION)
    parser.add_argument(
        "table", type=Path, metavar="TABLE.csv", help="two columns, file and class; without a class: not sorted yet"
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder that the files are in")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=f"writes {', '.join(HEADINGS)} there")
    parser.add_argument("--model", type=Path, metavar="FILE", help="a model file (default: the active one in models/)")
    parser.add_argument("--digest", metavar="SHA256", help="refuse a model file that is not this one: sha256:...")
    parser.add_argument("--events", type=Path, metavar="FILE", help="write progress there, a JSON object a line")
    parser.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    with told(options.events) as events:
        files.refuse_to_replace_inputs(options.out, [options.table])
        if files.begins_otherwise(options.out, ",".join(HEADINGS).encode()):
            raise CallerError(f"{options.out} is no table of this command, and is left as it is. Choose another --out.")
        rows = _rows(options.table)
        recognizer = opened(options.model)
        if options.digest and recognizer.artifact.digest != options.digest:
            raise ModelChanged(f"{recognizer.artifact.path.name} is another file than before. Begin again with it.")
        found = _embedded(recognizer, options.data, list(rows), events)
        there = [name for name in rows if name in found]
        if not there:
            raise CallerError(f"None of the {len(rows)} pictures in {options.table} can be read.")
        numbers = {label: number for number, label in enumerate(sorted(set(rows.values()) - {""}))}
        said = votes(np.stack([found[name].vector for name in there]), [_number(rows[name], numbers) for name in there])
        _write(options.out, rows, list(numbers), dict(zip(there, said, strict=True)))
    looks = {name: list(numbers)[vote.label] for name, vote in zip(there, said, strict=True) if vote}
    differ = sum(rows[name] not in {"", label} for name, label in looks.items())
    print(printable(f"{options.out}: {len(there)} pictures, {differ} of which look like another class."))
    return 0


def _number(label: str, numbers: dict[str, int]) -> int:
    return numbers[label] if label else UNLABELLED


def _rows(table: Path) -> dict[str, str]:
    """The class of each file; empty where it has none."""
    try:
        text = files.table_text(table)
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except (OSError, ValueError, csv.Error) as err:
        raise CallerError(f"{table} cannot be read: {str(err).rstrip('.')}.") from err
    if rows and rows[0][:1] == ["file"]:
        rows = rows[1:]
    if any(len(row) != len(HEADINGS[:2]) for row in rows):
        raise CallerError(f"Expected two columns, file and class, in {table}.")
    if not _FEWEST <= len(rows) <= known_pictures.MOST:
        raise CallerError(f"Expected {_FEWEST} to {known_pictures.MOST:,} pictures in {table}. Received: {len(rows):,}")
    return dict(rows)


class _Embedded(NamedTuple):
    """What the model makes of a picture."""

    vector: Packed
    stamp: Stamp
    """Of its file when that was read."""


def _embedded(recognizer: Recognizer, data: Path, names: Sequence[str], events: Events) -> dict[str, _Embedded]:
    """What the model makes of each picture that can be read; all of it is kept for the next time, where it can be."""
    found = _known(data, recognizer.artifact.digest)
    missing = [name for name in names if name not in found]
    events.write("started", steps=len(names), done=len(names) - len(missing))
    began = time.monotonic()
    with progress_bar(len(names), len(names) - len(missing)) as bar:
        for batch, start in enumerate(range(0, len(missing), _TOGETHER), start=1):
            some = missing[start : start + _TOGETHER]
            found.update(_looked_at(recognizer, data, some))
            bar.advance(bar.task_ids[0], len(some))
            done, seconds = start + len(some), time.monotonic() - began
            share = done / len(missing)
            steps = len(names)
            events.write("step", steps=steps, done=steps - len(missing) + done, share=share, seconds=seconds)
            if batch % _KEPT_EVERY == 0:
                with suppress(OSError):  # It is told at the end.
                    _keep(data, found, recognizer.artifact.digest)
    try:
        _keep(data, found, recognizer.artifact.digest)  # Without those whose files are gone, where nothing is new.
    except OSError as err:
        sentence = f"What was computed cannot be kept in {data} ({err.strerror or err}): the next time takes as long."
        print(printable(sentence), file=sys.stderr)
    return found


def _looked_at(recognizer: Recognizer, data: Path, names: Sequence[str]) -> Iterator[tuple[str, _Embedded]]:
    decoded = list(_decoded(recognizer, data, names))
    if decoded:
        vectors = packed(recognizer.run([picture for _, _, picture in decoded]).embedding)
        yield from ((name, _Embedded(vector, at)) for (name, at, _), vector in zip(decoded, vectors, strict=True))


def _decoded(recognizer: Recognizer, data: Path, names: Sequence[str]) -> Iterator[tuple[str, Stamp, Picture]]:
    for name in names:
        at = known_pictures.stamp(data / name)
        try:
            yield name, at, recognizer.decode(read_file(data / name))
        except (ImageError, OSError):
            continue


def _known(data: Path, digest: str) -> dict[str, _Embedded]:
    """What was kept of the pictures that are still there, and have not been changed or exchanged since then."""
    try:
        found = known_pictures.read(data, digest)
    except ArtifactError:  # It is only kept to save time.
        return {}
    if found is None:
        return {}
    return {found.names[index]: _Embedded(found.embeddings[index], found.stamp(index)) for index in found.unchanged()}


def _keep(data: Path, found: dict[str, _Embedded], digest: str) -> None:
    if found:
        vectors, stamps = zip(*found.values(), strict=True)
        known_pictures.write(KnownPictures(data, tuple(found), np.stack(vectors), np.array(stamps, np.int64)), digest)


def _write(out: Path, rows: dict[str, str], labels: Sequence[str], said: dict[str, Vote | None]) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(HEADINGS)
    for name, label in rows.items():
        vote = said.get(name)
        writer.writerow((name, label, labels[vote.label], f"{vote.share:.4f}") if vote else (name, label, "", ""))
    files.write_whole(out, buffer.getvalue().encode())
