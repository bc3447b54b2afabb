"""Prints an audit as a table for the terminal: what was found, how many pictures, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from recognizer.terminal import cell
from training.audit.findings import Finding, FindingKind, Weight
from training.audit.inspect import Audit
from training.audit.summary import Summary
from training.data.dataset import Dataset

HEADINGS = {
    Weight.FAULT: "Should not be trained on",
    Weight.LOOK: "Worth a look",
    Weight.NOTE: "Good to know",
}
# Each of these has a reason of its own.
_WITH_REASON = frozenset({FindingKind.UNREADABLE, FindingKind.PASSED_OVER})
_STYLES = {Weight.FAULT: "bold red", Weight.LOOK: "bold yellow", Weight.NOTE: "bold"}


def print_audit(audit: Audit, console: Console) -> None:
    """Prints the summary of an audit and a table of its findings, by kind."""
    for line in sentences(audit.summary):
        console.print(cell(line))
    counts = audit.counts()
    if not counts:
        console.print("Nothing stands out.")
        return
    table = Table("found", "pictures", "what to do", show_lines=False, padding=(0, 1, 1, 1))
    table.columns[1].justify = "right"
    for weight, heading in HEADINGS.items():
        kinds = [kind for kind in counts if kind.weight is weight]
        if kinds:
            table.add_row(Text(heading, style=_STYLES[weight]))
        for kind in kinds:
            table.add_row(_found(audit, kind), str(counts[kind]), cell(kind.advice))
    console.print(table)


def sentences(summary: Summary) -> Iterator[str]:
    """The summary of a data set in plain sentences."""
    classes = ", ".join(f"{name} {count}" for name, count in summary.usable.items())
    left_out = sum(summary.files.values()) - sum(summary.usable.values())
    yield f"{sum(summary.usable.values()):,} pictures can be trained on: {classes}."
    if left_out:
        yield f"{left_out:,} cannot."
    if summary.short_sides_px:
        sides = summary.short_sides_px
        yield (
            f"Short sides from {sides['smallest']} to {sides['largest']} pixels, {sides['middle']} in the middle;"
            f" {_listed(summary.formats)}; {summary.megabytes:,.0f} MB."
        )


def example(finding: Finding, dataset: Dataset) -> str:
    """A finding in one line: two of its files, or what it is about."""
    if not finding.files:
        return finding.detail
    names = [str(name_of(path, dataset)) for path in finding.files]
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return " = ".join(names[:2]) + more


def name_of(path: Path, dataset: Dataset) -> Path:
    """The shortest path that tells a file from others: below the data folder, where there is a single one."""
    below = dataset.below(path) if len(dataset.folders) == 1 else None
    return below or path


def _found(audit: Audit, kind: FindingKind) -> Text:
    same = [finding for finding in audit.findings if finding.kind is kind]
    text = Text(kind.title)
    for finding in same if not same[0].files else same[:1]:  # Of classes all, of pictures one.
        why = f": {finding.detail}" if finding.files and kind in _WITH_REASON else ""
        text.append("\n").append(cell(example(finding, audit.dataset) + why).plain, style="dim")
    return text


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
