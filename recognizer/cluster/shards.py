"""The pictures of a tar file, such as WebDataset's shards, as a stream: nothing is unpacked to the disk.

shard-000.tar: cats/01.jpg, cats/01.json -> ("cats/01.jpg", its bytes)
"""

from __future__ import annotations

import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from recognizer.bulk import image_files
from recognizer.errors import ImageError
from recognizer.images.decode import MAX_BYTES
from recognizer.images.formats import sniff

SUFFIXES = (".tar", ".tar.gz", ".tgz")
"""Of files that are taken for shards."""

Member = tuple[str, bytes | ImageError]
"""Name and content of a picture, or why there is none; a name of "" is about the shard itself."""

_WHOLE_SHARD = ""


class BadShard(ImageError):
    """A tar file that gives no pictures, or no more of them."""

    code = "invalid_shard"
    title = "The tar file cannot be used"


class UnsafeMember(ImageError):
    """A picture in a tar file that is not plainly a file below it."""

    code = "unsafe_member"
    title = "The picture is not read"


def is_shard(path: str) -> bool:
    """Whether a file is a tar file by its suffix."""
    return path.lower().endswith(SUFFIXES)


def pictures(file: IO[bytes]) -> Iterator[Member]:
    """The pictures of a tar file, each with a name of its own, in their order.

    Members of other kinds, as labels are, are passed over. Of two members of one name, the second is `name#2`, or has
    the next number that is free. Where the file is damaged, what came before stands, and the last member says so.

    Args:
        file: opened for reading; it needs no `seek`, and may be packed by gzip.
    """
    names = _Names()
    try:
        with tarfile.open(fileobj=file, mode="r|*") as archive:
            for entry in archive:
                content = _content(archive, entry)
                if content is not None:
                    yield names.free(entry.name), content
    except (tarfile.TarError, EOFError, OSError, ValueError) as err:
        yield _WHOLE_SHARD, BadShard(f"It is no tar file, or a damaged or incomplete one: {err}. Pack it again.")
        return
    if not names.given:
        yield _WHOLE_SHARD, BadShard("There are no pictures in it.")


class _Names:
    """The names of the pictures of a tar file, each given once; in the same order they are the same every time."""

    def __init__(self) -> None:
        self.given: set[str] = set()
        self._times: Counter[str] = Counter()

    def free(self, name: str) -> str:
        """The name itself, or with a number where a picture has it already."""
        free = name
        while free in self.given or not self._times[name]:
            self._times[name] += 1
            free = name if self._times[name] == 1 else f"{name}#{self._times[name]}"
        self.given.add(free)
        return free


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes | ImageError | None:
    """What is in a member; None: it is no picture."""
    path = PurePosixPath(entry.name)
    named_so = image_files.is_named_so(Path(entry.name))
    if entry.isdir() or _is_systems(path):
        return None
    if not entry.isfile():
        return UnsafeMember("It is a link or a device. Pack the picture itself.") if named_so else None
    file = archive.extractfile(entry)
    data = file.read(MAX_BYTES + 1) if file else b""
    if not named_so and not sniff(data):
        return None
    if path.is_absolute() or ".." in path.parts:
        return UnsafeMember("Its name leads out of the tar file. Pack it again.")
    return data


def _is_systems(path: PurePosixPath) -> bool:
    """Whether it is hidden, or a system's, as in folders."""
    folders = [Path(name) for name in path.parts[:-1] if name not in (".", "..", "/")]
    return bool(image_files.why_no_name(Path(path.name)) or any(map(image_files.why_no_folder, folders)))
