"""Files that are written whole or not at all, and read only where they are plain files, no further than a limit.

    hidden draft beside the file -> (fsync) -> rename -> (fsync of the folder)

A reader sees the old file or the new one, never a half. What a killed process leaves is a hidden file that ends in
`.part`.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from recognizer.errors import CallerError

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""Its byte order marks: what spreadsheets call Unicode text."""
_MAX_TABLE_BYTES = 256 * 2**20
_TABLE_CURE = "Save it as CSV in UTF-8, as spreadsheets offer."

EVERYONE, OWNER_ONLY = 0o666, 0o600
"""Who may read a new file; the process's umask takes its share off."""


@contextmanager
def written_whole(path: Path, *, durable: bool = False, mode: int = EVERYONE) -> Iterator[Path]:
    """Gives an empty draft beside `path`, which takes its place when the block ends; not if the block raises.

    Args:
        path: the file, which may be there already.
        durable: whether to wait until the disk has the file and its name, so that a power failure keeps both.
        mode: permissions of the file.

    Raises:
        OSError: it cannot be written there.
    """
    draft = path.with_name(f".{secrets.token_hex(8)}.part")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    try:
        yield draft
        if durable:
            flush(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    if durable:
        flush(path.parent)


def write_whole(path: Path, data: bytes, *, durable: bool = False, mode: int = EVERYONE) -> None:
    """Writes a file; what was at `path` stays there until all of it is written. See `written_whole`."""
    with written_whole(path, durable=durable, mode=mode) as draft:
        draft.write_bytes(data)


def is_text(name: str) -> bool:
    """Whether a name, or a path, is UTF-8; older archives and systems wrote names in other encodings."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_same(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by whatever links, be it there or not."""
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()


def is_writable(path: Path) -> bool:
    """Whether a file can be written to `path`: asked before minutes of work are spent on it."""
    folder = path.absolute().parent
    return not path.is_dir() and folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def begins_otherwise(path: Path, start: bytes) -> bool:
    """Whether a plain file has something in it that does not begin with `start`, nor is the beginning of it.

    What is not there, a folder or a pipe has nothing to lose.

    Raises:
        OSError: it cannot be read.
    """
    return path.is_file() and not start.startswith(read_at_most(path, len(start)))


def refuse_to_replace_inputs(out: Path, inputs: Iterable[Path | None]) -> None:
    """Refuses a file to write that is one of those that the same command reads; None among them is no file.

    Raises:
        CallerError: it is.
    """
    if any(is_same(out, given) for given in inputs if given is not None):
        raise CallerError(f"{out} is read by this command, which would replace it. Choose another file to write.")


def lacks_space(error: BaseException | None) -> bool:
    """Whether a full disk, or a used up quota, is what an error comes from, by itself or by its causes.

    The HDF5 library says so in words alone.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return True
        if os.strerror(errno.ENOSPC) in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def flush(path: Path) -> None:
    """Waits until the disk has a file's bytes, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_plain(path: Path) -> BufferedReader:
    """Opens a file to read it; a link to one, too. At a pipe or a device a reader could wait, or read, for ever.

    Raises:
        OSError: it cannot be read, or is no plain file.
    """
    _refuse_other_kinds(path.stat(), path)
    # Not blocking, and looked at again: it may have been replaced meanwhile.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _refuse_other_kinds(os.fstat(handle), path)
    except OSError:
        os.close(handle)
        raise
    return os.fdopen(handle, "rb")


def _refuse_other_kinds(status: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "It is a folder, not a file", str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "It is no plain file but a pipe, a socket or a device", str(path))


def read_at_most(path: Path, most_bytes: int) -> bytes:
    """The first `most_bytes` of a file, or all of one that is shorter; a larger file costs no more memory.

    Raises:
        OSError: it cannot be read, or is no plain file.
    """
    with open_plain(path) as file:
        return file.read(most_bytes)


def read_whole(path: Path, most_bytes: int) -> bytes:
    """All of a file of at most `most_bytes`.

    Raises:
        OSError: it is larger, cannot be read, or is no plain file.
    """
    data = read_at_most(path, most_bytes + 1)
    if len(data) > most_bytes:
        raise OSError(errno.EFBIG, f"It has more than the {most_bytes:,} bytes that such a file can have", str(path))
    return data


def refuse_packed(file: BinaryIO) -> None:
    """Refuses a zip archive, such as NumPy's .npz, in which something is packed: a small one could fill all memory.

    Raises:
        ValueError: something is.
        zipfile.BadZipFile: it is no such archive.
    """
    with zipfile.ZipFile(file) as archive:
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
            raise ValueError("it is packed")
    file.seek(0)


def table_text(path: Path) -> str:
    """The text of a CSV file as spreadsheets save it: in UTF-8 with or without a byte order mark, or UTF-16 with one.

    Raises:
        OSError: it has more than 256 MiB, cannot be read, or is no plain file.
        ValueError: it is in another encoding, or no text; the message says what to do.
    """
    data = read_whole(path, _MAX_TABLE_BYTES)
    try:
        text = data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")
    except ValueError as err:
        raise ValueError(f"{err}. {_TABLE_CURE}") from err
    if "\0" in text:
        raise ValueError(f"it is no CSV, or in another encoding. {_TABLE_CURE}")
    return text
