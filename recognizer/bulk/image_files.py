"""The picture files in folders, at any depth, in an order that is the same in every run, and what is passed over.

    folder -> plain files -> known suffix, or a picture by its first bytes -> pictures
                          -> passed over, each with a reason: nothing is left out without being told

Names are kept as text, not as `Path`: a million of them take 0.1 GB instead of 1 GB.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from recognizer import files
from recognizer.images.formats import SNIFFED_BYTES, SUFFIXES, foreign_kind, sniff

_SUFFIXES = tuple(SUFFIXES)
# Folders of systems, disks, network storage and programs; in small letters.
_SYSTEM_FOLDERS = frozenset(
    {"lost+found", "lost.dir", "$recycle.bin", "recycler", "recycled", "system volume information", "$extend"}
    | {"msocache", "#recycle", "#snapshot", "~snapshot", "@eadir", "@tmp", "@recycle", "@recently-snapshot"}
    | {"@sharebin", "@sharesnap", "@transcode", "@__thumb", "__macosx", "__pycache__", "network trash folder"}
    | {"temporary items", "backups.backupdb", "thumbs.db", "$windows.~bt", "_gsdata_", "thevolumesettingsfolder"}
    | {"$winreagent", "$sysreset", "$getcurrent", "config.msi", "windowsimagebackup", "recycle.bin", "@database"}
    | {"@qnap", "@appstore", "#trash", "onedrivetemp", "paxheader", "paxheaders", "cvs", "node_modules"}
    | {"recycle bin", "synoindex_media", "windows.old", "ipynb_checkpoints"}
)
# By CHKDSK, tar and file managers; Windows's and virus scanners' begin with a dollar.
_SYSTEM_FOLDER = re.compile(r"found\.\d{3}|paxheaders\.\d+|trash-\d+|\$[a-z].*")
# Folders in which programs keep originals, and small copies of each, under names of their own.
_LIBRARIES = (
    ".photoslibrary",
    ".photolibrary",
    ".migratedphotolibrary",
    ".aplibrary",
    ".lrdata",
    ".lrlibrary",
    ".cocatalog",
)
_SYSTEM_FILES = frozenset({"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "picasa.ini", "icon\r"})
# Pictures of kinds that are not read, by what their owners call them.
_FOREIGN = {
    "SVG": (".svg", ".svgz"),
    "JPEG 2000": (".jp2", ".j2k", ".jpx"),
    "JPEG XL": (".jxl",),
    "Photoshop": (".psd", ".psb"),
    "camera raw": (
        *(".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw", ".3fr"),
        *(".dcr", ".erf", ".iiq", ".kdc", ".mef", ".mos", ".mrw", ".raw", ".rwl", ".sr2", ".srf", ".x3f"),
    ),
    "video": (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".3gp", ".mts"),
    "archive": (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz"),
    "PDF": (".pdf",),
    "other picture": (".ico", ".tga", ".eps", ".ppm", ".pgm", ".pbm", ".exr", ".hdr", ".dds", ".qoi", ".pcx", ".dcm"),
}
_FOREIGN_BY_SUFFIX = {suffix: name for name, suffixes in _FOREIGN.items() for suffix in suffixes}
_CURES = {"video": "Save single pictures of it.", "archive": "Unpack it."}


@dataclass(frozen=True)
class PassedOver:
    """A file or folder below a folder of pictures that is not taken, or a picture in a place where it has no class."""

    path: Path
    reason: str
    """Why it is passed over, in a plain sentence."""
    is_picture: bool = True
    """Whether a person may have meant it to count: false for what systems put there, and for other kinds of file."""
    is_folder: bool = False
    """Whether it is a folder, of which nothing is taken."""


PassOver = Callable[[PassedOver], None]
"""Is told of each file and folder that is passed over."""


def picture_files(folder: str, *, pass_over: PassOver) -> Iterator[str]:
    """Paths of the picture files below a folder, sorted name by name.

    Passed over, and told: hidden and system files and folders, links to folders, which could lead round in a circle,
    folders that cannot be read, and all files but plain ones that are pictures by their suffix or first bytes.
    """
    inside = [_entries(folder, pass_over)]  # Not calls within calls, of which Python allows a thousand.
    while inside:
        path, is_folder = next(inside[-1], ("", False))
        if not path:
            inside.pop()
        elif is_folder:
            inside.append(_entries(path, pass_over))
        else:
            yield path


def _entries(folder: str, pass_over: PassOver) -> Iterator[tuple[str, bool]]:
    """Paths of the pictures and folders in a folder, sorted by name, and whether each is a folder."""
    try:
        pictures, folders = _listed(folder, pass_over)
    except OSError as err:
        pass_over(PassedOver(Path(folder), f"The folder cannot be read: {err.strerror or err}.", is_folder=True))
        return
    before = "" if folder == "." else f"{folder.rstrip('/')}/"
    for name in sorted([*pictures, *folders]):
        yield before + name, name in folders


def why_no_folder(path: Path) -> PassedOver | None:
    """Why a folder is passed over: it is hidden or the system's. None: it is not."""
    small = path.name.casefold()
    if small.startswith("."):
        return PassedOver(path, "A hidden folder.", is_picture=False, is_folder=True)
    if small.endswith(_LIBRARIES):
        return PassedOver(path, "The library of a program. Export the pictures from it.", is_folder=True)
    if small in _SYSTEM_FOLDERS or _SYSTEM_FOLDER.fullmatch(small):
        return PassedOver(path, "A folder of the system, not of pictures.", is_picture=False, is_folder=True)
    return None


def why_no_picture(path: Path) -> PassedOver | None:
    """Why a file is passed over; None: it is a picture, by its suffix or by its first bytes."""
    passed = why_no_name(path)
    if passed:
        return passed
    try:
        is_plain = stat.S_ISREG(path.stat().st_mode)
    except OSError:  # A link to nowhere, or round in a circle.
        return PassedOver(path, "A link that leads nowhere.", is_picture=is_named_so(path))
    if not is_plain:
        return PassedOver(path, "A pipe, a socket or a device, not a plain file.", is_picture=is_named_so(path))
    return None if is_named_so(path) else _by_first_bytes(path)


def why_no_name(path: Path) -> PassedOver | None:
    """Why a file is passed over for its name alone: it is hidden or the system's. None: it is not."""
    name = path.name
    if name.startswith("."):
        if name.endswith(".icloud"):
            return PassedOver(path, "Its content is in iCloud. Download it first.")
        return PassedOver(path, "A hidden file.", is_picture=False)
    if name.casefold() in _SYSTEM_FILES:
        return PassedOver(path, "A file of the system.", is_picture=False)
    return None


def is_named_so(path: Path) -> bool:
    """Whether a file is a picture by its suffix."""
    return path.name.lower().endswith(_SUFFIXES)


def _by_first_bytes(path: Path) -> PassedOver | None:
    try:
        start = files.read_at_most(path, SNIFFED_BYTES)
    except OSError as err:
        return PassedOver(path, f"It cannot be opened: {err.strerror or err}.")
    return why_no_content(path, start)


def why_no_content(path: Path, start: bytes) -> PassedOver | None:
    """Why a file of no known suffix is passed over, by its first bytes; None: they are a picture's."""
    kind, named = sniff(start), _FOREIGN_BY_SUFFIX.get(path.suffix.lower())
    foreign = foreign_kind(start)
    is_raw = kind == "TIFF" and "camera raw" in (named, foreign)  # Raw files begin as TIFF files do.
    if kind and not is_raw:
        return None
    if foreign := named or foreign:
        cure = _CURES.get(foreign, "Save it as JPEG or PNG.")
        return PassedOver(path, f"Files of the kind {foreign} are not read. {cure}")
    return PassedOver(path, "No picture." if start else "It is empty.", is_picture=False)


def _listed(folder: str, pass_over: PassOver) -> tuple[list[str], set[str]]:
    """Names of the pictures in a folder, and of the folders."""
    pictures, folders = [], set()
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            passed = _passed_over(entry)
            if passed:
                pass_over(passed)
            elif entry.is_dir(follow_symlinks=False):
                folders.add(entry.name)
            else:
                pictures.append(entry.name)
    return pictures, folders


def _passed_over(entry: os.DirEntry[str]) -> PassedOver | None:
    path = Path(entry.path)
    if not _is_folder(entry):
        return why_no_picture(path)
    linked = entry.is_symlink()
    return why_no_folder(path) or (
        PassedOver(path, "A link to a folder; those are not followed.", is_folder=True) if linked else None
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # A link that leads round in a circle.
        return False
