"""The progress bar of commands that go through many pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

_MANY = 8


class _Rate(ProgressColumn):
    """Pictures a second in the last half minute."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.0f} a second" if task.speed else "")


@contextmanager
def progress_bar(total: int | None, done: int) -> Iterator[Progress]:
    """The progress of `total` pictures on the standard error, `done` of them by an earlier run; of few, none.

    None: nobody knows how many there are.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=total is not None and total < _MANY) as progress:
        progress.add_task("Classifying", total=total, completed=done)
        yield progress
