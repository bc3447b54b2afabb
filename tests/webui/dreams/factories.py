"""Dreams as a worker would leave them."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone

from tests.webui.fakes import image_bytes
from webui.dreams.command import KIND
from webui.dreams.models import Dream
from webui.history.models import Answer
from webui.jobs import folder
from webui.jobs.models import Job, State

STEP = {"event": "step", "done": 3, "steps": 36, "octave": 1, "octaves": 3, "share": 0.1, "seconds": 4.0}
PICTURE = {"event": "picture", "done": 3, "file": "step-003.jpg"}
DONE = {"event": "done", "file": "dream.jpg"}


def make_dream(answer: Answer, *events: dict[str, object], state: State = State.WAITING, **fields: Any) -> Dream:
    """A dream on the picture of an answer, of whose answer it is."""
    job = Job.objects.create(kind=KIND, user=answer.user, visitor=answer.visitor)
    values = {"model": "animals-2", "stage": "conv4", **fields}
    dream = Dream.objects.create(job=job, answer=answer, **values)
    bring(dream, *events, state=state)
    return dream


def bring(dream: Dream, *events: dict[str, object], state: State = State.RUNNING) -> None:
    """As if a worker were at it, or done with it, and its command had told this."""
    Job.objects.filter(id=dream.job_id).update(state=state, attempt=1, beat=timezone.now())
    dream.job.refresh_from_db()
    made = folder.make(dream.job_id)
    (made / folder.EVENTS).write_text("".join(f"{json.dumps(event)}\n" for event in events))
    for event in events:
        if "file" in event:
            (made / str(event["file"])).write_bytes(image_bytes())
