"""Exports as a worker would leave them."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone

from webui.exports.command import KIND
from webui.exports.models import Export, Target
from webui.jobs import folder
from webui.jobs.models import Job, State

FILES = {"model.onnx": bytes(2000), "classify.py": b"print()\n", "model/variables/variables.index": b"index"}


def make_export(digest: str, target: Target = Target.ONNX, *, state: State = State.WAITING, **job: Any) -> Export:
    """An export of the model file with this digest; `message` is what its command said when it failed."""
    message = job.pop("message", "")
    made = Job.objects.create(kind=KIND, state=state, **job)
    if state == State.RUNNING:
        Job.objects.filter(id=made.id).update(attempt=1, beat=timezone.now(), started=timezone.now())
    export = Export.objects.create(job=made, model="animals-1", digest=digest, target=target)
    failed = {"event": "failed", "code": "export_failed", "message": message}
    (folder.make(made.id) / folder.EVENTS).write_text(f"{json.dumps(failed)}\n" if message else "")
    if state == State.DONE:
        for name, content in FILES.items():
            path = export.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return export
