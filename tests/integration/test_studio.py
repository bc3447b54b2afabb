"""A training of Studio, but for the queue: what the page lays out, the command learns, and the page reads again."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from recognizer.model_file import artifact
from tests.browser.test_loop import drawn
from tests.webui.factories import make_user
from tests.webui.fakes import new_services
from tests.webui.studio.factories import make_project, make_run
from training.cli import main
from webui import services
from webui.jobs import folder
from webui.jobs.models import Job, State
from webui.studio import record, store
from webui.studio.command import command
from webui.studio.models import Picture, PictureClass, Project

pytestmark = [pytest.mark.django_db, pytest.mark.tensorflow, pytest.mark.slow]


@pytest.fixture(autouse=True)
def process() -> Iterator[None]:
    """A server process of the test's own, without a background that asks the database."""
    services.use(new_services())
    yield
    services.use(None)


def fill(project: Project, name: str, kind: str) -> None:
    picture_class = PictureClass.objects.create(project=project, name=name)
    for seed in range(12):
        image, buffer = drawn(kind, 1000 * picture_class.pk + seed), io.BytesIO()
        image.save(buffer, "JPEG", quality=90)
        digest = hashlib.sha256(buffer.getvalue()).hexdigest()
        taken = store.write(project.id, digest, buffer.getvalue(), image)
        Picture.objects.create(
            project=project,
            picture_class=picture_class,
            digest=digest,
            width=image.width,
            height=image.height,
            bytes=taken,
        )


def test_two_classes_become_a_model(settings: Settings, tmp_path: Path) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"models": tmp_path / "models"})
    owner = make_user("mia")
    project = make_project(owner, "My farm")
    fill(project, "hens: mine", "chicken")
    fill(project, "我的猫", "cat")
    run = make_run(project, model="my_farm-1")

    package, *words = command(run.job, folder.make(run.job_id))
    code = main([*words, "--set", "input_size=64"])

    assert (package, code) == ("training", 0)
    Job.objects.filter(id=run.job_id).update(state=State.DONE)
    client = Client()
    client.force_login(owner)
    page = client.get(reverse("studio_run", args=[run.job_id])).content.decode()
    run.refresh_from_db()
    metadata = artifact.read(tmp_path / "models" / "my_farm-1.h5").metadata
    assert metadata.class_names == ("hens: mine", "我的猫")
    assert metadata.provenance["starting_weights"]["name"] == "animals"
    assert metadata.measured.validation is not None
    assert metadata.measured.validation.n == run.held_back == 4
    assert run.right is not None
    assert run.right > 2  # Better than a guess, on drawings that it has not seen.
    assert f"Of 4 pictures that it had not seen, it names {run.right} rightly." in page
    kept = record.of(run)
    assert kept is not None
    found = record.findings_of(kept)
    assert found is not None
    assert (found.right, found.held_back) == (run.right, 4)
    assert [(each.name, each.pictures, each.held_back) for each in found.classes] == [
        ("hens: mine", 12, 2), ("我的猫", 12, 2),
    ]  # fmt: skip
    parts = Counter(row.part for row in record.rows_of(kept))
    assert parts == {"training": metadata.provenance["data"]["train"], "held_back": 4}
    assert metadata.provenance["data"]["digest"] in page
    assert (tmp_path / "models" / "my_farm-1.report.html").is_file()
