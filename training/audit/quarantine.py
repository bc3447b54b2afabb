"""The quarantine of an audit: moves pictures out of a data set, never over another file, and back again.

Each move is written into a log before it is made, so that whatever stops the work in between, the log knows
where every picture came from. The folder structure is kept below the quarantine.

A quarantine may have been passed on, so its log is not trusted: pictures go back only below a data folder that the
caller names, only pictures do, and neither way leads through a link.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import chain, count
from pathlib import Path
from typing import IO

from recognizer import files
from recognizer.bulk.image_files import why_no_folder
from recognizer.images import formats
from training.errors import DatasetError

LOG = "quarantine.jsonl"
"""Name of the log, with one line for each picture: where it was, where it is, why it was moved."""
_MAX_LOG_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Move:
    """One move of a picture into quarantine, as the log has it."""

    data: str
    """The data folder that the picture was in, as an absolute path."""
    origin: str
    """Path of the picture below the data folder, where it was."""
    place: str
    """Path of the picture below the quarantine, where it is."""
    reason: str
    """The code of the kind of finding that it was moved for."""


@dataclass(frozen=True)
class Restored:
    """The result of emptying a quarantine."""

    back: int
    """How many pictures were put back."""
    left: tuple[tuple[Path, str], ...]
    """Pictures that are still in quarantine, and why."""


def check_folder(quarantine: Path, folders: Iterable[Path]) -> None:
    """Refuses a quarantine whose pictures would still be found where they are looked for.

    Raises:
        DatasetError: the quarantine is one of `folders`, or in one, or a file.
    """
    for folder in folders:
        if quarantine.resolve().is_relative_to(folder.resolve()):
            raise DatasetError(
                f"The quarantine {quarantine} lies in {folder}, so its pictures would be found there again. Choose a"
                f" folder beside it, such as {folder.resolve()}-quarantine"
            )
    if quarantine.exists() and not quarantine.is_dir():
        raise DatasetError(f"The quarantine {quarantine} is a file. Choose a folder.")
    if os.path.lexists(quarantine / LOG) and not _is_plain(quarantine / LOG):
        raise DatasetError(f"{quarantine / LOG} is a link, or no file at all. Remove it, or choose another folder.")


def move(reasons: Mapping[Path, str], *, data: Path, quarantine: Path) -> Iterator[Move]:
    """Moves files of a data folder into the quarantine, and gives each move once it is made.

    Args:
        reasons: the files, with the code of what was found about each.
        data: the data folder that they are in.
        quarantine: where to; made where it is not there.

    Raises:
        DatasetError: a folder in the quarantine is a link, or its log is too large.
    """
    quarantine.mkdir(parents=True, exist_ok=True)
    _cut_off_half_a_line(quarantine / LOG)
    with (quarantine / LOG).open("a", encoding="ascii") as log:
        for path, reason in reasons.items():
            origin = path.relative_to(data)
            if not _leads_straight(quarantine, origin):
                raise DatasetError(f"{(quarantine / origin).parent} leads through a link. Choose another quarantine.")
            for target in _free_paths(quarantine / origin):
                move = Move(str(data.resolve()), str(origin), str(target.relative_to(quarantine)), reason)
                _append(log, move)
                if moved(path, target):
                    yield move
                    break


def undo(quarantine: Path, folders: Iterable[Path]) -> Restored:
    """Puts everything in a quarantine back to where it was, as far as nothing else is there by now.

    Args:
        quarantine: its log says what is to go where.
        folders: the data folders that pictures may be put into.

    Raises:
        DatasetError: there is no quarantine, or its log cannot be understood or names another place; nothing was moved.
    """
    entries = _read(quarantine, frozenset(os.path.realpath(folder) for folder in folders))
    back, left, reasons = 0, [], []
    for entry in reversed(entries):  # Of two entries for one path, the later one was made.
        here, origin = quarantine / entry.place, Path(entry.data, entry.origin)
        if not os.path.lexists(here):
            continue  # The work was stopped before the move, or somebody took the picture.
        reason = _reason_to_leave(entry, quarantine) or _put_back(here, origin)
        if reason is None:
            back += 1
            _remove_empty_folders(here.parent, quarantine)
        else:
            left.append(entry)
            reasons.append((here, reason))
    _rewrite(quarantine, left)
    return Restored(back, tuple(reasons))


def _put_back(here: Path, origin: Path) -> str | None:
    """Puts a file back; says why it cannot, so that the others are not kept waiting by it."""
    try:
        return None if moved(here, origin) else f"{origin} is there already."
    except OSError as err:
        return f"{err.filename}: {err.strerror}."


def _reason_to_leave(entry: Move, quarantine: Path) -> str | None:
    """Why a file of the quarantine must not be put back; None where it may."""
    here, data = quarantine / entry.place, Path(entry.data)
    if not _leads_straight(quarantine, Path(entry.place)) or not _leads_straight(data, Path(entry.origin)):
        return f"The way from there to {data / entry.origin} leads through a link. Move it yourself."
    if not _is_picture(here, entry.origin):
        return "It is no picture."
    return None


def _leads_straight(folder: Path, below: Path) -> bool:
    """Whether the way from a folder to a path below it leads through no link; the path itself may be one."""
    return os.path.realpath((folder / below).parent) == str(Path(os.path.realpath(folder), below).parent)


def _is_picture(path: Path, name: str) -> bool:
    """Whether the audit would have taken a file of that name for a picture: by its suffix, else by its first bytes."""
    is_named_so = Path(name).suffix.lower() in formats.SUFFIXES
    if path.is_symlink():
        return is_named_so
    try:
        beginning = files.read_at_most(path, formats.SNIFFED_BYTES)
    except OSError:
        return False
    return is_named_so or formats.sniff(beginning) is not None


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _free_paths(path: Path) -> Iterator[Path]:
    """`path`, and then the same with a number, but for those where something is."""
    numbered = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))
    return (free for free in chain([path], numbered) if not os.path.lexists(free))


def _cut_off_half_a_line(log: Path) -> None:
    """What a full disk left at the end moved nothing, and the next line would become a part of it."""
    if not log.exists():
        return
    text = _text(log)
    whole = text.rfind(b"\n") + 1
    if whole < len(text):
        os.truncate(log, whole)


def _text(log: Path) -> bytes:
    try:
        return files.read_whole(log, _MAX_LOG_BYTES)
    except OSError as err:
        raise DatasetError(f"{log} cannot be read: {err.strerror}. Nothing was moved.") from err


def _append(log: IO[str], move: Move) -> None:
    log.write(json.dumps(asdict(move)) + "\n")
    log.flush()
    os.fsync(log.fileno())


def _read(quarantine: Path, folders: frozenset[str]) -> list[Move]:
    log = quarantine / LOG
    if not os.path.lexists(log):
        raise DatasetError(f"There is nothing to put back: {log} does not exist.")
    *lines, _ = _text(log).decode("ascii", errors="replace").split("\n")  # Half a line at the end moved nothing.
    entries = [_parse(line, f"Line {number} of {log}") for number, line in enumerate(lines, start=1)]
    if others := sorted({entry.data for entry in entries} - folders):
        raise DatasetError(
            f"{log} would put pictures into {others[0]}, which --data does not name. Nothing was moved. If they belong"
            f" there, add: --data {shlex.quote(others[0])}"
        )
    return entries


def _parse(line: str, where: str) -> Move:
    try:
        move = Move(**json.loads(line))
        paths = [Path(move.origin), Path(move.place)]
        is_possible = b"\0" not in os.fsencode(f"{move.data}{move.origin}{move.place}")
    except (ValueError, TypeError, RecursionError) as err:
        raise DatasetError(f"{where} cannot be understood. Nothing was moved.") from err
    if not is_possible or any(map(_leads_out, paths)):
        raise DatasetError(
            f"{where} leads out of the quarantine or the data folder, to the log or a hidden file. Nothing was moved."
        )
    return move


def _leads_out(path: Path) -> bool:
    return (
        path.is_absolute()
        or path.parts in ((), (LOG,))
        or any(part == ".." or why_no_folder(Path(part)) for part in path.parts)
    )


def _rewrite(quarantine: Path, left: list[Move]) -> None:
    log = quarantine / LOG
    if left:
        files.write_whole(log, "".join(json.dumps(asdict(move)) + "\n" for move in left).encode("ascii"))
    else:
        log.unlink()
        with suppress(OSError):  # Something else lies in it.
            quarantine.rmdir()


def _remove_empty_folders(folder: Path, quarantine: Path) -> None:
    with suppress(OSError):  # Something lies in it.
        while folder != quarantine:
            folder.rmdir()
            folder = folder.parent


def moved(source: Path, target: Path) -> bool:
    """Moves a file or a link; False: something is at `target` already, and nothing was moved.

    Renaming would be one step, but it replaces what is there without asking.

    Raises:
        OSError: it cannot be moved; it is still where it was, and nothing is at `target`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        _link_or_copy(source, target)
    except FileExistsError:
        return False
    try:
        source.unlink()
    except OSError:
        target.unlink()
        raise
    return True


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # Another file system, or one that knows no links.
        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(source.readlink())
        return
    with source.open("rb") as original, target.open("xb") as copy:
        try:
            shutil.copyfileobj(original, copy)
            copy.flush()
            os.fsync(copy.fileno())
            shutil.copystat(source, target)
        except OSError:
            target.unlink()
            raise
