"""Projects with pictures, and trainings as a worker would leave them."""

from __future__ import annotations

import colorsys
import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.color import no_style
from django.db import connection
from django.utils import timezone
from PIL import Image

from tests.webui.fakes import image_bytes
from webui.accounts.models import User
from webui.jobs import folder
from webui.jobs.models import Job, State
from webui.studio import store
from webui.studio.api.lookup import CLASS_ID, PICTURE_ID, PROJECT_ID, TRAINING_ID
from webui.studio.command import KIND
from webui.studio.models import Picture, PictureClass, Project, Run


def make_project(owner: User, name: str = "Our mugs", /, **classes: int) -> Project:
    """A project; `mug=12` gives it a class with so many pictures."""
    project = Project.objects.create(owner=owner, name=name)
    for label, count in classes.items():
        picture_class = PictureClass.objects.create(project=project, name=label)
        for number in range(count):
            make_picture(picture_class, number)
    return project


def make_example_project(owner: User) -> Project:
    """The project that the examples of the API name: two classes with pictures, and a training that is done."""
    project = Project.objects.create(id=PROJECT_ID, owner=owner, name="Our mugs")
    for pk, name in ((CLASS_ID, "mug"), (CLASS_ID + 1, "cup")):
        picture_class = PictureClass.objects.create(pk=pk, project=project, name=name)
        for number in range(12):
            make_picture(picture_class, number)
    if not project.pictures.filter(id=PICTURE_ID).exists():
        Picture.objects.filter(id=project.pictures.latest("id").pk).update(id=PICTURE_ID)
    with connection.cursor() as cursor:  # What is made after has other numbers.
        for line in connection.ops.sequence_reset_sql(no_style(), [PictureClass, Picture]):
            cursor.execute(line)
    run = make_run(project, state=State.DONE, job_id=TRAINING_ID)
    (settings.ENVIRONMENT.models / f"{run.model}.h5").touch()
    return project


def jpeg_of(number: int) -> bytes:
    """A picture unlike that of any other number."""
    red, green, blue = (int(255 * part) for part in colorsys.hsv_to_rgb(number / 97 % 1, 1, 1))
    return image_bytes((red, green, blue), size=(60 + number // 97, 40))


def make_picture(picture_class: PictureClass, number: int = 0) -> Picture:
    """A picture in a class, with its file."""
    data = jpeg_of(1000 * picture_class.pk + number)
    digest = hashlib.sha256(data).hexdigest()
    taken = store.write(picture_class.project_id, digest, data, Image.new("RGB", (60, 40), "red"))
    return Picture.objects.create(
        project=picture_class.project,
        picture_class=picture_class,
        digest=digest,
        name=f"{number}.jpg",
        width=60,
        height=40,
        bytes=taken,
    )


def make_run(
    project: Project,
    *events: Mapping[str, object],
    state: State = State.WAITING,
    job_id: str | None = None,
    **fields: Any,
) -> Run:
    """A training of a project, whose command has told this."""
    job = Job.objects.create(id=job_id or uuid.uuid4(), kind=KIND, user=project.owner, state=state)
    if state != State.WAITING:
        Job.objects.filter(id=job.id).update(attempt=1, beat=timezone.now(), started=timezone.now())
        job.refresh_from_db()
    values = {"model": "our_mugs-1", "pictures": project.pictures.count(), "digest": "0" * 64, **fields}
    run = Run.objects.create(job=job, project=project, **values)
    made = folder.make(job.id)
    (made / folder.EVENTS).write_text("".join(f"{json.dumps(event)}\n" for event in events))
    return run
