"""A comparison of Studio, but for the queue: the shipped model looks at drawings, and finds the misplaced one."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from recognizer.cli import main
from tests.browser.test_loop import drawn
from tests.webui.factories import make_user
from tests.webui.fakes import new_services
from tests.webui.studio.factories import make_project
from webui import services
from webui.jobs import folder
from webui.jobs.models import Job, State
from webui.studio import comparing, store
from webui.studio.models import Comparison, Picture, PictureClass, Sign

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def process() -> Iterator[None]:
    """A server process of the test's own, without a background that asks the database."""
    services.use(new_services())
    yield
    services.use(None)


def draw(place: PictureClass, kind: str, seed: int) -> Picture:
    image, buffer = drawn(kind, seed), io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    taken = store.write(place.project_id, digest, buffer.getvalue(), image)
    return Picture.objects.create(
        project=place.project, picture_class=place, digest=digest, width=320, height=240, bytes=taken
    )


def test_a_misplaced_picture_is_found_and_a_heap_is_sorted() -> None:
    owner = make_user("mia")
    project = make_project(owner, "My farm", chicken=0, horse=0)
    chicken, horse = project.classes.all()
    for seed in range(12):
        draw(chicken, "chicken", seed)
        draw(horse, "horse", 100 + seed)
    misplaced = draw(horse, "chicken", 50)
    heap = {draw(project.unsorted(), each.name, 200 + seed): each for seed in range(3) for each in (chicken, horse)}
    job = Job.objects.create(kind=comparing.KIND, user=owner, state=State.RUNNING)
    Comparison.objects.create(job=job, project=project, model=comparing.model_of(project), pictures=31)

    package, *words = comparing.command(job, folder.make(job.id))
    code = main(words)

    assert (package, code) == ("recognizer", 0)
    Job.objects.filter(id=job.id).update(state=State.DONE)
    client = Client()
    client.force_login(owner)
    page = client.get(reverse("studio_check", args=[project.id])).content.decode()
    assert "It looks like “chicken”" in page
    assert misplaced.signs.get().other_class == chicken
    suggested = {sign.picture: sign.other_class for sign in Sign.objects.filter(picture__in=heap)}
    assert suggested == heap
