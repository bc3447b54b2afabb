"""The JSON form of an audit, for programs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from recognizer.bulk.image_files import PassedOver
from training.audit.findings import Finding
from training.audit.inspect import Audit
from training.audit.quarantine import Move
from training.data.dataset import Dataset


def record(audit: Audit, *, against: Sequence[Path] = (), moves: Sequence[Move] = ()) -> dict[str, Any]:
    """An audit as `audit --json` prints it.

    Args:
        audit: the audit.
        against: the test folders that it was compared with.
        moves: what was moved into quarantine since.
    """
    return {
        "data": [str(folder) for folder in audit.dataset.folders],
        "against": [str(folder) for folder in against],
        "classes": {
            name: {"files": n, "usable": audit.summary.usable[name]} for name, n in audit.summary.files.items()
        },
        "formats": audit.summary.formats,
        "colour_modes": audit.summary.modes,
        "short_sides_px": audit.summary.short_sides_px,
        "megabytes": audit.summary.megabytes,
        "counts": {kind.code: count for kind, count in audit.counts().items()},
        "findings": [_finding(finding, audit.dataset) for finding in audit.findings],
        "passed_over": [passed_over_record(entry) for entry in audit.dataset.passed_over],
        "groups": _groups(audit),
        "moved": [asdict(move) for move in moves],
    }


def passed_over_record(entry: PassedOver) -> dict[str, Any]:
    """A file or folder that is passed over."""
    return {"path": str(entry.path), "reason": entry.reason, "folder": entry.is_folder}


def _finding(finding: Finding, dataset: Dataset) -> dict[str, Any]:
    return {
        "kind": finding.kind.code,
        "weight": finding.kind.weight.value,
        "title": finding.kind.title,
        "detail": finding.detail,
        "advice": finding.kind.advice,
        "files": [{"path": str(path), "class": dataset.class_of(path)} for path in finding.files],
        "surplus": [str(path) for path in finding.surplus],
    }


def _groups(audit: Audit) -> list[list[str]]:
    """What stays on one side of a split."""
    members = defaultdict(list)
    for image, number in audit.groups.items():
        members[number].append(str(image.path))
    return [paths for paths in members.values() if len(paths) > 1]
