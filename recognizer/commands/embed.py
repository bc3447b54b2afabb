"""`python -m recognizer embed`: computes what the model makes of each picture in a folder, to find the nearest in.

folder -> picture files -> decoded, eight at a time -> network -> explain.known_pictures -> one file in the folder
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from recognizer import files
from recognizer.bulk.image_files import picture_files
from recognizer.commands.answering import opened
from recognizer.errors import CallerError, ImageError
from recognizer.explain import known_pictures
from recognizer.explain.known_pictures import KnownPictures, Stamp
from recognizer.explain.neighbours import Packed, packed
from recognizer.images.decode import Picture, read_file
from recognizer.recognizer import Recognizer
from recognizer.terminal import printable

_TOGETHER = 8


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    summary = "compute what the model makes of known pictures, so that Look inside can show the nearest"
    parser = commands.add_parser("embed", help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder of pictures, which one file is written into")
    parser.add_argument("--model", type=Path, metavar="FILE", help="a model file (default: the active one in models/)")
    parser.set_defaults(run=_embed)


def _embed(options: argparse.Namespace) -> int:
    folder: Path = options.folder
    if not folder.is_dir():
        raise CallerError(f"There is no folder {folder}.")
    paths = list(picture_files(str(folder), pass_over=lambda _: None))
    if not paths or len(paths) > known_pictures.MOST:
        raise CallerError(f"Expected 1 to {known_pictures.MOST:,} pictures in {folder}. Received: {len(paths):,}")
    recognizer = opened(options.model)
    if not files.is_writable(out := known_pictures.path_of(folder, recognizer.artifact.digest)):
        raise CallerError(f"{out} cannot be written. Choose a folder that you may write to.")
    found = list(_embedded(recognizer, paths))
    if not found:
        raise CallerError(f"None of the {len(paths)} pictures in {folder} can be read.")
    names = tuple(Path(path).relative_to(folder).as_posix() for path, _, _ in found)
    stamps = np.array([stamp for _, stamp, _ in found], np.int64)
    known = KnownPictures(folder, names, np.stack([vector for _, _, vector in found]), stamps)
    written = known_pictures.write(known, recognizer.artifact.digest)
    unread = f" {len(paths) - len(found)} could not be read." if len(found) < len(paths) else ""
    print(printable(f"{written}: {len(found)} pictures, for {recognizer.artifact.path.stem}.{unread}"))
    return 0


def _embedded(recognizer: Recognizer, paths: Sequence[str]) -> Iterator[tuple[str, Stamp, Packed]]:
    """Each picture that can be read, with the stamp that its file had then, and its embedding."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=len(paths) < _TOGETHER) as progress:
        task = progress.add_task("", total=len(paths))
        for start in range(0, len(paths), _TOGETHER):
            decoded = list(_decoded(recognizer, paths[start : start + _TOGETHER]))
            if decoded:
                vectors = packed(recognizer.run([picture for _, _, picture in decoded]).embedding)
                yield from ((path, at, vector) for (path, at, _), vector in zip(decoded, vectors, strict=True))
            progress.advance(task, min(_TOGETHER, len(paths) - start))


def _decoded(recognizer: Recognizer, paths: Sequence[str]) -> Iterator[tuple[str, Stamp, Picture]]:
    for path in paths:
        at = known_pictures.stamp(Path(path))
        try:
            yield path, at, recognizer.decode(read_file(Path(path)))
        except (ImageError, OSError):
            continue
