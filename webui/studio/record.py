"""The record of a training: each picture that it was begun with, what it was for, and what came of it.

laid out -> note -> the table Record;  done -> outcome.json in the job's folder -> take_up -> the same
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from webui.jobs import folder
from webui.jobs.models import State
from webui.studio import findings
from webui.studio.findings import Begun, Changes, Findings
from webui.studio.models import Picture, Record, Run

OUTCOME = "outcome.json"
"""The file that `training fit --outcome` writes."""
_MOST_BYTES = 64 * 2**20
_NO_OUTCOME = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


class Row(NamedTuple):
    """A picture of a training."""

    number: int
    digest: str
    label: str
    """Its class at that time; empty where it is not sorted yet."""
    is_other: bool
    name: str
    """Of the file that was sent."""
    part: str = ""
    """`training`, `held_back` or `neither`; empty of other things, and until the training has ended."""
    group: str = ""
    """The folder or day that is held back in whole, or not at all; empty where it is in none, see groups.py."""


def of_pictures(pictures: Iterable[Picture]) -> list[Row]:
    """The rows of pictures with their classes."""
    return [Row(p.pk, p.digest, p.picture_class.name, p.picture_class.is_other, p.name) for p in pictures]


def note(run: Run, rows: Sequence[Row], begun: Begun) -> Record:
    """Writes down what a training is begun with."""
    values = {"pictures": _packed(rows), "begun": begun.model_dump(mode="json"), "found": None}
    return Record.objects.update_or_create(run=run, defaults=values)[0]


def of(run: Run) -> Record | None:
    """The record of a training, without its pictures until they are asked for; None of one from before there were."""
    return Record.objects.defer("pictures").filter(run=run).first()


def begun_of(record: Record) -> Begun:
    """What a training was begun with."""
    with suppress(ValueError):
        return Begun.model_validate(record.begun)
    return Begun()


def findings_of(record: Record) -> Findings | None:
    """What became of its pictures; None until it has ended."""
    with suppress(ValueError):
        return Findings.model_validate(record.found) if record.found else None
    return None


def rows_of(record: Record) -> list[Row]:
    """The pictures of a training, in the order in which it read them."""
    return [Row(*row) for row in json.loads(zlib.decompress(record.pictures))]


def before(run: Run) -> Run | None:
    """The training of the project before this one that made a model."""
    done = Run.objects.filter(project=run.project_id, job__state=State.DONE, job__created__lt=run.job.created)
    return done.select_related("job").order_by("-job__created").first()


def changes(since: Run, now: Sequence[Row]) -> Changes | None:
    """How pictures differ from those of an earlier training; None where that has no record."""
    record = of(since)
    if record is None:
        return None
    then = {row.digest: row.label for row in rows_of(record)}
    labels = {row.digest: row.label for row in now}
    moved = sum(then[digest] != label for digest, label in labels.items() if digest in then)
    added, removed = len(labels.keys() - then.keys()), len(then.keys() - labels.keys())
    return Changes(since=since.model, added=added, removed=removed, moved=moved)


def take_up(run: Run) -> Findings | None:
    """What became of a training's pictures, kept from when it is first asked for: its job's files are removed some day.

    None where it has not ended, or has no record.
    """
    record = of(run)
    if record is None or run.job.state != State.DONE:
        return None
    if record.found is None and (document := _outcome(run)) is not None:
        _keep(run, record, document)
    return findings_of(record)


def _outcome(run: Run) -> dict[str, Any] | None:
    with suppress(*_NO_OUTCOME):
        return dict(json.loads(folder.read(run.job_id, OUTCOME, _MOST_BYTES) or b""))
    return None


def _keep(run: Run, record: Record, document: Mapping[str, Any]) -> None:
    with suppress(*_NO_OUTCOME):
        part_of = {findings.number_of(picture["file"]): str(picture["part"]) for picture in document["pictures"]}
        rows = [row._replace(part=part_of.get(row.number, "")) for row in rows_of(record)]
        found = findings.summarized(document, held_back_before=_held_back_before(run, rows))
        found = found.model_copy(update={"groups": findings.of_groups((row.group, row.part) for row in rows)})
        record.found, record.pictures = found.model_dump(mode="json"), _packed(rows)
        record.save(update_fields=["found", "pictures"])
        run.right, run.held_back = found.right, found.held_back
        run.save(update_fields=["right", "held_back"])


def _held_back_before(run: Run, rows: Iterable[Row]) -> int | None:
    earlier = before(run)
    record = of(earlier) if earlier else None
    if record is None:
        return None
    then = digests(rows_of(record), findings.HELD_BACK)
    return len(then & digests(rows, findings.HELD_BACK)) if then else None


def split_of(run: Run) -> str:
    """How a training was divided, as the table that `fit --keep-split` reads; empty where that is not known."""
    take_up(run)
    record = of(run)
    rows = [row for row in rows_of(record) if row.part] if record else []
    return "".join(["sha256,part\n", *(f"{row.digest},{row.part}\n" for row in rows)]) if rows else ""


def digests(rows: Iterable[Row], part: str) -> set[str]:
    """The digests of the pictures that were for something."""
    return {row.digest for row in rows if row.part == part}


def _packed(rows: Iterable[Row]) -> bytes:
    return zlib.compress(json.dumps(list(rows), ensure_ascii=False).encode())
