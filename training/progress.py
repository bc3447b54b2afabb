"""Shows a person how far long work is, on standard error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

console = Console(stderr=True, highlight=False)

T = TypeVar("T")


@contextmanager
def bar(description: str, total: int, *, done: int = 0) -> Iterator[Progress]:
    """A progress bar with the time left; nothing but its end where standard error is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console) as progress:
        progress.add_task(description, total=total, completed=done, note="")
        yield progress


def track(items: Iterable[T], description: str, *, total: int) -> Iterator[T]:
    """Passes `items` on and shows how many have been taken."""
    with bar(description, total) as progress:
        for item in items:
            yield item
            progress.advance(progress.task_ids[0])
