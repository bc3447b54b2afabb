"""Batches that are in the database, with rows where there are some."""

from __future__ import annotations

from typing import Any

from tests.recognizer.fakes import CLASS_NAMES
from webui.batches.command import KIND, ROWS
from webui.batches.models import Batch
from webui.jobs import folder
from webui.jobs.models import Job


def make_batch(rows: bytes = b"", **fields: Any) -> Batch:
    """A batch of two pictures, of whoever is said."""
    job = Job.objects.create(kind=KIND, **fields)
    (folder.make(job.id) / ROWS).write_bytes(rows)
    return Batch.objects.create(
        job=job,
        total=2,
        model="animals-1",
        name="animals",
        version="1",
        digest="sha256:0",
        class_names=list(CLASS_NAMES),
        precision="auto",
        second_look=True,
        passed_over={"count": 0, "files": []},
    )
