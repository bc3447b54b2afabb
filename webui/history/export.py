"""Exports the history as CSV, some rows at a time, so that more rows take no more memory."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

from recognizer.bulk.spreadsheets import harmless
from webui.accounts.identity import identify
from webui.history import filters, paging
from webui.history.filters import ORDERS, Sort
from webui.history.models import Answer, Answers

COLUMNS = (
    "id",
    "time",
    "file",
    "class",
    "nearest",
    "score",
    "likeness",
    "passes",
    "model",
    "model_digest",
    "width",
    "height",
    "account",
    "correction",
    "correct_class",
    "correction_state",
)
_ROWS = 1000
# Excel takes CSV for the system's old code page unless it begins with this.
_BYTE_ORDER_MARK = "\ufeff"


class _Line:
    """A file that keeps the line just written."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """`/history/export.csv`: the answers that the filter finds, newest first."""
    wanted = filters.read(request).apply(Answer.objects.visible_to(identify(request)))
    wanted.exists()  # A database that cannot be asked says so now: once the file has begun, nothing else can be said.
    response = StreamingHttpResponse(lines(wanted), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="menagerie-history.csv"'
    return response


def lines(answers: Answers) -> Iterator[str]:
    """The lines of the CSV file, the header first, the newest answer next."""
    return lines_of(_newest_first(answers))


def lines_of(answers: Iterable[Answer]) -> Iterator[str]:
    """The same of answers in any order; each with its account and its correction."""
    line = _Line()
    writer = csv.writer(line)
    writer.writerow(COLUMNS)
    yield _BYTE_ORDER_MARK + line.text
    for answer in answers:
        writer.writerow(_row(answer))
        yield line.text


def _newest_first(answers: Answers) -> Iterator[Answer]:
    """All of them, by many short queries: one long one would keep the database from tidying up behind slow readers."""
    order = ORDERS[Sort.NEWEST]
    ordered = answers.select_related("user", "correction").defer("top").order_by(*order)
    rows = list(ordered[:_ROWS])
    while rows:
        yield from rows
        rows = list(ordered.filter(paging.beyond(order, rows[-1]))[:_ROWS])


def _row(answer: Answer) -> list[str | float]:
    return [
        str(answer.id),
        answer.created.astimezone(UTC).isoformat(timespec="milliseconds"),
        harmless(answer.filename),
        harmless(answer.label) if answer.known else "",
        "" if answer.known else harmless(answer.label),
        answer.score,
        "" if answer.likeness is None else answer.likeness,
        "" if answer.passes is None else answer.passes,
        harmless(answer.model),
        answer.model_digest,
        answer.width,
        answer.height,
        harmless(answer.user.get_username()) if answer.user else "",
        *_said(answer),
    ]


def _said(answer: Answer) -> tuple[str, str, str]:
    correction = answer.said
    if correction is None:
        return "", "", ""
    return correction.kind, harmless(correction.label), correction.state
