"""Fills the stage: two accounts, their pictures, what people say about the answers, and what staff decided."""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from docs.screenshots import drawings
from docs.screenshots.stage import Stage

if TYPE_CHECKING:
    from webui.accounts.models import User
    from webui.history.models import Answer
    from webui.jobs.models import Job

PASSWORD = "the hens are in the yard"  # noqa: S105 - of accounts that live for a minute.
# File name -> kind, label and state of what is said about it, and by whom.
_SAID: dict[str, tuple[str, str, str, str]] = {
    "horse-head.jpg": ("class", "horse", "pending", "mia"),
    "lime.jpg": ("class", "chicken", "pending", "mia"),
    "coffee-2.jpg": ("new_class", "cup", "pending", "mia"),
    "teal-hen.jpg": ("right", "chicken", "pending", "lin"),
    "comb.jpg": ("class", "chicken", "accepted", "lin"),
    "breakfast.jpg": ("new_class", "cup", "accepted", "mia"),
    "yard-01.jpg": ("right", "chicken", "accepted", "lin"),
    "DSC_0412.jpg": ("right", "horse", "accepted", "mia"),
    "meadow.jpg": ("class", "dog", "rejected", "mia"),
}
_APART = timedelta(hours=7, minutes=23)


def fill(stage: Stage) -> None:
    """Everything that a place has which was used for some days."""
    from webui.accounts.models import ApiKey, User

    lin = User.objects.create_user("lin", password=PASSWORD, is_staff=True, is_superuser=True)
    mia = User.objects.create_user("mia", password=PASSWORD)
    pictures = [*drawings.variations(), *drawings.samples()]
    tokens = [ApiKey.make(user, name, ["classify"])[1] for user, name in ((mia, "barn camera"), (lin, "nightly job"))]
    for index, (filename, content) in enumerate(pictures):
        _classify(stage, tokens[index % 3 == 2], filename, content)
    _spread_over_days(len(pictures))
    _say({"lin": lin, "mia": mia})
    _switch_twice(lin)
    _dream(mia)
    _train(mia)


def _dream(owner: User) -> None:
    """Mia's picture of a hen, as a worker would have dreamt on it; takes a minute."""
    from webui.accounts.identity import Caller
    from webui.dreams.command import KIND
    from webui.dreams.models import Dream
    from webui.history.models import Answer
    from webui.jobs import queue, run

    answer = Answer.objects.filter(user=owner, filename="yard-01.jpg").latest("created")

    def complete(job: Job) -> None:
        Dream.objects.create(job=job, answer=answer, model="animals-3", stage="conv4")

    run.run(str(queue.submit(KIND, Caller(user=owner), complete).id))


def _train(owner: User) -> None:
    """Mia's two mugs, as a worker would have trained on them; takes some minutes."""
    from webui.accounts.identity import Caller
    from webui.inference.admission import Admission
    from webui.inference.uploads import Upload
    from webui.jobs import run
    from webui.studio import adding, training
    from webui.studio.models import Project, Recipe

    project = Project.objects.create(owner=owner, name="Our mugs")
    with Admission(running=1, queue_size=0, queue_timeout_s=1).slot() as turn:
        for number, (kind, content) in enumerate(drawings.mugs()):
            label = project.class_called(kind)
            assert label is not None  # noqa: S101 - it has two classes.
            adding.add([Upload(f"{number}.jpg", content)], label, turn)
    run.run(str(training.begin(project, Recipe.QUICK, Caller(user=owner)).job_id))


def _classify(stage: Stage, token: str, filename: str, content: bytes) -> None:
    """Asks as a program does."""
    edge = uuid.uuid4().hex
    head = f'--{edge}\r\nContent-Disposition: form-data; name="image"; filename="{filename}"\r\n\r\n'
    headers = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={edge}"}
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    request = urllib.request.Request(f"{stage.address}/api/v1/classify", body, headers)  # noqa: S310 - our own server.
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        json.load(response)


def _spread_over_days(count: int) -> None:
    """Waits until all answers are written, and makes them older, the first one most."""
    from webui.history.models import Answer

    deadline = time.monotonic() + 20
    while Answer.objects.count() < count and time.monotonic() < deadline:
        time.sleep(0.1)
    for age, answer in enumerate(Answer.objects.order_by("-created")):
        Answer.objects.filter(pk=answer.pk).update(created=answer.created - age * _APART)


def _say(people: dict[str, User]) -> None:
    from django.utils import timezone

    from webui.history.loss import loss
    from webui.history.models import Answer, Correction, State

    for answer in _named(Answer.objects.all()):
        kind, label, state, who = _SAID[answer.filename]
        is_open = state == State.PENDING
        Correction.objects.create(
            answer=answer,
            kind=kind,
            label=label,
            user=people[who],
            surprise=loss(answer, kind, label),
            state=state,
            reviewed_by=None if is_open else people["lin"],
            reviewed=None if is_open else timezone.now() - timedelta(minutes=len(answer.filename)),
        )


def _named(answers: Iterable[Answer]) -> Iterable[Answer]:
    return (answer for answer in answers if answer.filename in _SAID)


def _switch_twice(by: User) -> None:
    """To animals-4 and back, so that there is something to read."""
    from django.utils import timezone

    from webui.versions.models import Outcome, Switch, SwitchKind

    now = timezone.now()
    for kind, version, before, hours in (
        (SwitchKind.ACTIVATE, "animals-4", "animals-3", 30),
        (SwitchKind.ROLLBACK, "animals-3", "animals-4", 6),
    ):
        asked = now - timedelta(hours=hours)
        Switch.objects.create(
            kind=kind, version=version, before=before, by=by, asked=asked, finished=asked, outcome=Outcome.DONE
        )
