"""Lists what lies in folders of pictures, and says what is passed over and why."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from recognizer.images.decode import SUFFIXES

# Pictures of kinds that are not read, by what their owners call them.
_FOREIGN = {
    "HEIC": (".heic", ".heif", ".hif"),
    "AVIF": (".avif",),
    "SVG": (".svg", ".svgz"),
    "JPEG 2000": (".jp2", ".j2k", ".jpx"),
    "JPEG XL": (".jxl",),
    "Photoshop": (".psd", ".psb"),
    "camera raw": (".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw"),
    "other picture": (".ico", ".tga", ".eps", ".ppm", ".pgm", ".pbm", ".exr", ".hdr", ".dds", ".qoi", ".pcx", ".dcm"),
}
_FOREIGN_BY_SUFFIX = {suffix: kind for kind, suffixes in _FOREIGN.items() for suffix in suffixes}
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"RIFF", b"II*\0", b"MM\0*")


@dataclass(frozen=True)
class PassedOver:
    """A file or folder that somebody may take for a part of the data set, and that is none."""

    path: Path
    reason: str
    """A plain sentence."""


@dataclass
class Listing:
    """What was found below a folder."""

    pictures: list[Path] = field(default_factory=list)
    """Files with the suffix of a kind that is read, sorted."""
    passed_over: list[PassedOver] = field(default_factory=list)


def listing(folder: Path) -> Listing:
    """Everything below a folder, at any depth, but for what is hidden.

    Links to folders are not followed, for they could lead round in a circle; `folder` itself may be one.
    """
    found = Listing()

    def report(err: OSError) -> None:
        found.passed_over.append(PassedOver(Path(err.filename), f"The folder cannot be read: {err.strerror}."))

    for root, folders, files in os.walk(folder, onerror=report):
        here = Path(root)
        for name in folders:
            if (here / name).is_symlink() and not is_hidden(here / name):
                found.passed_over.append(
                    PassedOver(here / name, "It is a link to a folder, and those are not followed.")
                )
        folders[:] = [name for name in folders if not is_hidden(Path(name))]
        for name in files:
            if not is_hidden(Path(name)):
                _add(found, here / name)
    found.pictures.sort()
    found.passed_over.sort(key=lambda entry: entry.path)
    return found


def not_in_a_class(folder: Path) -> list[PassedOver]:
    """Pictures that lie beside the class folders instead of in one."""
    loose = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not is_hidden(path))
    return [PassedOver(path, "It lies beside the class folders, not in one.") for path in loose if path.is_file()]


def foreign_kind(path: Path) -> str | None:
    """What kind of picture that is not read a file seems to be, by its suffix; None: of none."""
    return _FOREIGN_BY_SUFFIX.get(path.suffix.lower())


def is_hidden(path: Path) -> bool:
    """Whether the system or an archive put it there, rather than a person."""
    return path.name.startswith((".", "__MACOSX"))


def _add(found: Listing, path: Path) -> None:
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        if path.is_file():  # No pipe, and no link that leads nowhere or to itself.
            found.pictures.append(path)
        else:
            found.passed_over.append(PassedOver(path, "It is no file, or a link that leads nowhere."))
    elif kind := foreign_kind(path):
        found.passed_over.append(PassedOver(path, f"Files of the kind {kind} are not read. Save it as JPEG or PNG."))
    elif not suffix and _starts_like_a_picture(path):
        found.passed_over.append(PassedOver(path, "It looks like a picture, but its name has no suffix such as .jpg."))


def _starts_like_a_picture(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(8).startswith(_SIGNATURES)
    except OSError:
        return False
