"""The account of what is passed over in folders of pictures: how many files and folders, and for which reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from recognizer.bulk.image_files import PassedOver

_MOST_REASONS = 8


class Account:
    """Counts what is passed over; memory does not grow with the files."""

    def __init__(self, entries: Iterable[PassedOver] = ()) -> None:
        self._files = self._folders = 0
        self._reasons: Counter[str] = Counter()
        for entry in entries:
            self.add(entry)

    def __bool__(self) -> bool:
        """Whether anything was passed over."""
        return bool(self._reasons)

    def add(self, entry: PassedOver) -> None:
        """Counts a file or folder more; a `PassOver`."""
        self._folders += entry.is_folder
        self._files += not entry.is_folder
        self._reasons[entry.reason] += 1

    def lines(self, taken: str, see: str) -> Iterator[str]:
        """What was taken and what was passed over in one line, and a line for each reason.

        Args:
            taken: 90 pictures.
            see: the command that lists all that is passed over.
        """
        if not self._reasons:
            yield f"{taken}."
            return
        kinds = [counted(self._files, "file"), counted(self._folders, "folder")]
        number = " and ".join(kind for kind in kinds if not kind.startswith("0"))
        yield f"{taken}; passed over: {number}, see: {see}"
        for reason, count in self._reasons.most_common(_MOST_REASONS):
            yield f"  {count:,} x {reason}"


def counted(count: int, noun: str) -> str:
    """1 file, 4 files, 1 class, 3 classes, 2 boxes."""
    plural = f"{noun}es" if noun.endswith(("s", "x")) else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"
