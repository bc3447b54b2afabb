"""The CSV file of answers, which a later run goes on with.

    path,known,label,score,likeness,passes,error,reason,width,height,score_cat,score_chicken,...,model

A row is written whole, or dropped by the next run: a row is whole when it ends with a line end outside quotes. A file
with other columns, by another model, or of another number of looks, is refused.
"""

from __future__ import annotations

import csv
import fcntl
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from recognizer import files
from recognizer.bulk.spreadsheets import harmless, is_formula
from recognizer.errors import CallerError, ImageError
from recognizer.predictions import NamedModel, Prediction

_FOREIGN = "It was not written by this command."
_FIRST_BYTES = b'"path",'
_BEFORE_SCORES = ("path", "known", "label", "score", "likeness", "passes", "error", "reason", "width", "height")
_AFTER_SCORES = ("model",)
# A path has at most 4096 bytes, each of which may be a quote that is written twice; a header may have 10,000 classes.
_MAX_ROW_BYTES = 4 * 2**20
# Without it, spreadsheets take the bytes of a name like Kätzchen for letters of another encoding.
_BYTE_ORDER_MARK = "\ufeff".encode()
# Paths may hold bytes that are not UTF-8; they come back as they were.
_ENCODING, _ENCODING_ERRORS = "utf-8", "surrogateescape"


class NotOurCsv(CallerError):
    """The CSV file cannot be continued: another program or another model wrote it, or somebody is writing it now."""

    code = "not_our_csv"
    title = "The CSV file cannot be used"


class Table:
    """What the columns of answers of one model are, as bytes of a CSV file."""

    def __init__(self, class_names: Sequence[str], model: str) -> None:
        """Names the columns.

        Args:
            class_names: of the model; a column each, in this order.
            model: as `model_of` names it.
        """
        self.model = model
        self._class_names = class_names

    @property
    def columns(self) -> bytes:
        """The row of the columns' names."""
        return _encoded((*_BEFORE_SCORES, *(f"score_{name}" for name in self._class_names), *_AFTER_SCORES))

    @property
    def header(self) -> bytes:
        """What a file begins with."""
        return _BYTE_ORDER_MARK + self.columns

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(_BEFORE_SCORES) + len(self._class_names) + len(_AFTER_SCORES)

    def row(self, path: str, answer: Prediction | ImageError) -> bytes:
        """The row of a picture."""
        if isinstance(answer, Prediction):
            cells = self._cells(answer)
        else:
            cells = ["", "", "", "", "", answer.code, answer.reason, "", "", *[""] * len(self._class_names)]
        return _encoded([_harmless_path(path), *cells, self.model])

    def _cells(self, prediction: Prediction) -> list[object]:
        known, label = str(prediction.known).lower(), harmless(prediction.label or "")
        scores = {entry.label: entry.score for entry in prediction.top}
        by_class = [scores[name] for name in self._class_names]
        likeness = "" if prediction.likeness is None else prediction.likeness
        said = [known, label, prediction.score, likeness, prediction.passes]
        return [*said, "", "", prediction.width, prediction.height, *by_class]


def model_of(model: NamedModel, digest: str, *, second_look: bool = True) -> str:
    """How the last column names the model, and how it looked."""
    looks = "" if second_look else ", one look"
    return f"{model.name}-{model.version} {digest[:23]}{looks}"


class AnswersCsv:
    """A CSV file of answers that is open for writing; `opened` gives one."""

    def __init__(self, file: BinaryIO, table: Table) -> None:
        self._file = file
        self._table = table
        self._done: set[str] = set()
        self.predictions = 0
        """Rows with an answer, of earlier runs too."""
        self.errors = 0
        """Rows with an error, of earlier runs too."""

    def __contains__(self, path: str) -> bool:
        """True where an earlier run has answered this path."""
        return _harmless_path(path) in self._done

    def forget_paths(self) -> None:
        """Frees the memory that `in` needs, once it was asked about every path: a million of them take 0.2 GB."""
        self._done.clear()

    def write(self, path: str, answer: Prediction | ImageError) -> None:
        """Adds the row of a picture, and hands it to the operating system at once."""
        if isinstance(answer, Prediction):
            self.predictions += 1
        else:
            self.errors += 1
        self._file.write(self._table.row(path, answer))
        self._file.flush()

    def begin(self) -> None:
        """Writes the header into an empty file, or finds out what another run has answered and drops half a row.

        Raises:
            NotOurCsv: another program or another model wrote the file.
        """
        columns, header = self._table.columns, self._table.header
        end = 0
        for record in _records(self._file):
            if end == 0 and record not in (header, columns):
                is_ours = record.removeprefix(_BYTE_ORDER_MARK).startswith(_FIRST_BYTES)
                raise NotOurCsv("It has not the columns that this model fills." if is_ours else _FOREIGN)
            if end > 0:
                self._take(record)
            end += len(record)
        if end == 0:
            self._refuse_anything_but_the_start_of(header)
        self._file.seek(end)
        self._file.truncate()
        if end == 0:
            self._file.write(header)
            self._file.flush()

    def _take(self, record: bytes) -> None:
        """Notes a row of an earlier run."""
        cells = _decoded(record)
        if len(cells) != self._table.width:
            raise NotOurCsv("It has rows of another length than its header.")
        if cells[-1] != self._table.model:
            raise NotOurCsv(f"It has answers of the model {cells[-1]}, and this one is {self._table.model}.")
        self._done.add(cells[0])
        if cells[_BEFORE_SCORES.index("error")]:
            self.errors += 1
        else:
            self.predictions += 1

    def _refuse_anything_but_the_start_of(self, header: bytes) -> None:
        """A file without a single whole row is ours only if it is empty or the header was cut off."""
        self._file.seek(0)
        if not header.startswith(self._file.read(len(header) + 1)):
            raise NotOurCsv(_FOREIGN)


@contextmanager
def opened(
    path: Path, model: NamedModel, digest: str, *, second_look: bool = True, overwrite: bool = False
) -> Iterator[AnswersCsv]:
    """Opens a CSV file of answers to go on with it, or creates it.

    Args:
        path: the CSV file.
        model: that answers.
        digest: of this model's file.
        second_look: whether it looks again where it is unsure: answers of both kinds do not belong into one file.
        overwrite: forget what is in the file.

    Raises:
        NotOurCsv: another program or another model wrote the file, or somebody is writing it now.
        OSError: it cannot be read or written.
    """
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            raise NotOurCsv(f"{path} is being written by another run. Wait for it, or choose another file.") from err
        if overwrite:
            file.truncate(0)
        answers = AnswersCsv(file, Table(model.class_names, model_of(model, digest, second_look=second_look)))
        try:
            answers.begin()
        except NotOurCsv as err:
            again = "" if str(err) == _FOREIGN else ", or begin this one again with --overwrite"
            raise NotOurCsv(f"{path} cannot be continued. {err} Choose another file{again}.") from err
        yield answers


def _opened(path: Path) -> BinaryIO:
    """For reading and writing, created where it is missing, never emptied."""
    path.touch()
    files.open_plain(path).close()  # Going on with a device would read it for ever.
    return path.open("r+b")


def _records(file: BinaryIO) -> Iterator[bytes]:
    """Whole rows, byte by byte as they are in the file; a rest without an end is left out.

    A line end within quotes belongs to a cell: quotes come in pairs, as those inside a cell are doubled.
    """
    record = b""
    for line in file:
        record += line
        if len(record) > _MAX_ROW_BYTES:
            raise NotOurCsv(_FOREIGN)
        if record.endswith(b"\n") and record.count(b'"') % 2 == 0:
            yield record
            record = b""


def _encoded(cells: Sequence[object]) -> bytes:
    """A row. Texts are quoted: else a spreadsheet that separates cells by semicolons would find some in a path."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerow(cells)
    return text.getvalue().encode(_ENCODING, _ENCODING_ERRORS)


def _decoded(record: bytes) -> list[str]:
    try:
        [cells] = csv.reader([record.decode(_ENCODING, _ENCODING_ERRORS)])
    except (csv.Error, ValueError) as err:
        raise NotOurCsv("It is damaged.") from err
    return cells


def _harmless_path(path: str) -> str:
    """The same file, named so that no spreadsheet takes the cell for a formula."""
    return f"./{path}" if is_formula(path) else path
