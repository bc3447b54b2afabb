"""The HTML page of an audit: its findings, with small pictures of the files side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recognizer import files, machine
from recognizer.errors import ImageError
from recognizer.images import decode
from recognizer.terminal import printable
from training.audit.findings import Finding, FindingKind, Weight
from training.audit.inspect import Audit
from training.audit.table import HEADINGS, name_of, sentences
from training.data.dataset import Dataset
from training.errors import DatasetError
from training.progress import track
from training.report import html_page

_TEMPLATE = Path(__file__).with_name("audit_page.html.jinja")
_THUMBNAIL_PX = 160
_QUALITY = 60
_MAX_FINDINGS = 48
"""Findings that the page shows of each kind."""
_MAX_FILES = 6
"""Files that the page shows of each finding."""


@dataclass(frozen=True)
class _Thumbnail:
    uri: str
    """The picture as a data URI; "" where it cannot be read."""
    size: str
    """Width and height of the picture itself."""


@dataclass(frozen=True)
class _File:
    name: str
    folder: str
    """The class of the picture, or "test folder"."""
    is_surplus: bool
    thumbnail: _Thumbnail


@dataclass(frozen=True)
class _Group:
    files: Sequence[_File]
    not_shown: int
    detail: str


@dataclass(frozen=True)
class _Section:
    kind: FindingKind
    count: int
    groups: Sequence[_Group]
    not_shown: int


def check_writable(path: Path) -> None:
    """Finds out, before minutes of work, whether an audit's page can be written.

    Raises:
        DatasetError: `path` is no HTML file, or its folder cannot be written to.
    """
    if not html_page.is_named_so(path):
        raise DatasetError(f"Expected a file name such as audit.html. Received: --html {path}")
    if not files.is_writable(path):
        raise DatasetError(f"{path} cannot be written. Choose a file in a folder of yours.")


def write(path: Path, audit: Audit) -> None:
    """Writes the page of an audit, whole or not at all; before any picture is moved into quarantine."""
    html_page.write(path, render(audit))


def render(audit: Audit) -> str:
    """The page of an audit, as HTML."""
    sections = _sections(audit)
    values = {
        "name": printable(" + ".join(folder.resolve().name for folder in audit.dataset.folders)),
        "sentences": [printable(sentence) for sentence in sentences(audit.summary)],
        "classes": [(printable(name), n, audit.summary.usable[name]) for name, n in audit.summary.files.items()],
        "modes": audit.summary.modes,
        "tiles": [(weight, heading, _total(sections, weight)) for weight, heading in HEADINGS.items()],
        "headings": HEADINGS,
        "sections": sections,
        "written": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }
    return html_page.fill(_TEMPLATE, values)


def _total(sections: Sequence[_Section], weight: Weight) -> int:
    return sum(section.count for section in sections if section.kind.weight is weight)


def _sections(audit: Audit) -> list[_Section]:
    by_kind = {kind: [finding for finding in audit.findings if finding.kind is kind] for kind in audit.counts()}
    shown = [path for same in by_kind.values() for finding in same[:_MAX_FINDINGS] for path in _shown(finding)]
    thumbnails = _thumbnails(list(dict.fromkeys(shown)))
    return [
        _Section(
            kind=kind,
            count=audit.counts()[kind],
            groups=[_group(finding, audit.dataset, thumbnails) for finding in same[:_MAX_FINDINGS]],
            not_shown=max(0, len(same) - _MAX_FINDINGS),
        )
        for kind, same in by_kind.items()
    ]


def _shown(finding: Finding) -> tuple[Path, ...]:
    return finding.files[:_MAX_FILES]


def _group(finding: Finding, dataset: Dataset, thumbnails: Mapping[Path, _Thumbnail]) -> _Group:
    files = [
        _File(
            name=printable(str(name_of(path, dataset))),
            folder=printable(dataset.class_of(path) or "test folder"),
            is_surplus=path in finding.surplus and len(finding.files) > 1,
            thumbnail=thumbnails[path],
        )
        for path in _shown(finding)
    ]
    return _Group(files, len(finding.files) - len(files), printable(finding.detail))


def _thumbnails(paths: Sequence[Path]) -> dict[Path, _Thumbnail]:
    with ThreadPoolExecutor(machine.cores()) as pool:
        return dict(track(zip(paths, pool.map(_thumbnail, paths), strict=True), "Drawing", total=len(paths)))


def _thumbnail(path: Path) -> _Thumbnail:
    try:
        picture = decode.decode(decode.read_file(path), needed_short_side=_THUMBNAIL_PX // 2)
    except (ImageError, OSError):
        return _Thumbnail("", "")
    picture.rgb.thumbnail((_THUMBNAIL_PX, _THUMBNAIL_PX))
    uri = html_page.data_uri(picture.rgb, quality=_QUALITY, kind="webp")
    return _Thumbnail(uri, f"{picture.width} x {picture.height}")
