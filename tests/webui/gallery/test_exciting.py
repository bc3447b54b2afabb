"""The pictures of one's own history that excite each filter most, beside what was drawn of it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from recognizer import Recognizer
from recognizer.explain.gallery import Gallery, digest
from tests.recognizer.galleries import manifest, webp
from tests.webui.explain.conftest import layered, visitor
from tests.webui.factories import make_answer, make_user
from tests.webui.fakes import share
from webui import services
from webui.gallery import exciting
from webui.history import pictures
from webui.history.models import Answer
from webui.inference.admission import Admission
from webui.versions import answering, listing
from webui.versions.listing import Contents, Listed

__all__ = ["layered", "visitor"]

pytestmark = pytest.mark.django_db

ADDRESS = "/look/filters/"


def stage(layer: str, *channels: int) -> dict[str, object]:
    drawn = {"digest": digest(webp()), "excited": 1.0}
    filters = [{**drawn, "file": f"{layer[:5]}-{channel}.webp", "channel": channel} for channel in channels]
    return {"name": layer[:5], "layer": layer, "channels": 4, "size": 64, "filters": filters}


@pytest.fixture
def gallery(layered: Recognizer, monkeypatch: pytest.MonkeyPatch) -> Gallery:
    """Of the small network that answers, which is a version of the models folder."""
    stages = [stage("conv1_relu", 0, 1, 2, 3), stage("conv2_out", 0, 99), stage("conv9_out", 0)]
    found = Gallery.model_validate_json(json.dumps(manifest(layered.artifact.digest, stages=stages)))
    contents = Contents(layered.metadata, layered.artifact.digest)
    now = answering.now()
    listed = Listed(layered.artifact.path, contents, 1, datetime.now(UTC), is_active=True, is_previous=False)
    monkeypatch.setattr(listing, "find", lambda stem: listed if stem == now.stem else None)
    monkeypatch.setattr("webui.gallery.views.stored.read", lambda path, digest: found)
    return found


def with_picture(visitor: str, image: Image.Image, **fields: object) -> Answer:
    answer = make_answer(visitor=visitor, **fields)
    pictures.save(answer.id, image)
    return answer


def noise(seed: int, contrast: int) -> Image.Image:
    values = np.random.default_rng(seed).integers(128 - contrast, 128 + contrast, (40, 60, 3), dtype=np.uint8)
    return Image.fromarray(values)


def shown(page: str, file: str) -> list[str]:
    """The answers whose pictures are below a picture of the gallery."""
    entry = page.split(f'{file}"')[1].split("</figure>")[1].split("<figure>", maxsplit=1)[0]
    return re.findall(r"/look/([0-9a-f-]{36})/", entry)


def test_below_each_filter_are_the_pictures_that_excite_it_most(
    visitor_client: Client, visitor: str, gallery: Gallery
) -> None:
    answers = [with_picture(visitor, noise(seed, contrast)) for seed, contrast in enumerate((120, 3, 60, 90))]

    page = visitor_client.get(ADDRESS, {"mine": "true"}).content.decode()

    layers = services.current().workbench.layers(services.current().model.recognizer())
    assert layers is not None
    workbench, at = services.current().workbench, layers.names.index("conv1_relu")
    strengths = {a.id: workbench.strengths.get((gallery.model_digest, a.id)) for a in answers}
    for channel in range(4):
        best = sorted(answers, key=lambda a: -float(strengths[a.id][at][channel]))  # type: ignore[index]
        excited = [str(a.id) for a in best if float(strengths[a.id][at][channel]) > 0]  # type: ignore[index]
        assert shown(page, f"conv1-{channel}.webp") == excited[: exciting.EACH], channel
    assert "4 of 4 looked through" in page


def test_below_a_class_are_those_that_were_taken_for_it_most_surely(
    visitor_client: Client, visitor: str, gallery: Gallery
) -> None:
    sure = with_picture(visitor, noise(0, 90), label="cat", score=0.99)
    less = with_picture(visitor, noise(1, 90), label="cat", score=0.7)
    with_picture(visitor, noise(2, 90), label="dog")
    with_picture(visitor, noise(3, 90), label="cat", known=False)

    page = visitor_client.get(ADDRESS, {"mine": "true"}).content.decode()

    assert shown(page, "class-0.webp") == [str(sure.id), str(less.id)]


def test_nobody_elses_pictures_are_looked_through(visitor_client: Client, visitor: str, gallery: Gallery) -> None:
    other = make_answer(user=make_user("max"))

    page = visitor_client.get(ADDRESS, {"mine": "true"}).content.decode()

    assert str(other.id) not in page
    assert "no pictures in your history yet" in page


def test_what_is_gone_or_damaged_takes_no_part(visitor_client: Client, visitor: str, gallery: Gallery) -> None:
    gone, damaged = with_picture(visitor, noise(0, 90)), with_picture(visitor, noise(1, 90))
    pictures.remove([gone.id])
    pictures.path_of(damaged.id).write_bytes(b"This is no picture.")

    page = visitor_client.get(ADDRESS, {"mine": "true"}).content.decode()

    assert shown(page, "conv1-0.webp") == []


def test_what_takes_too_long_is_left_for_the_next_time(
    visitor_client: Client, visitor: str, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(3):
        with_picture(visitor, noise(seed, 90))
    monkeypatch.setattr(exciting, "_SECONDS", -1.0)

    page = visitor_client.get(ADDRESS, {"mine": "true"}).content.decode()

    assert "Look through more" in page


def test_it_is_asked_for_and_says_nothing_before(visitor_client: Client, visitor: str, gallery: Gallery) -> None:
    answer = with_picture(visitor, noise(0, 90))

    page = visitor_client.get(ADDRESS, {"picture": str(answer.id)}).content.decode()

    assert f'<input type="hidden" name="picture" value="{answer.id}">' in page
    assert "gallery-own" not in page
    assert page.count('aria-current="page"') >= 1, "it is a part of Look inside"


def test_a_picture_that_is_not_ones_own_is_passed_over(visitor_client: Client, visitor: str, gallery: Gallery) -> None:
    other = make_answer(user=make_user("max"))

    for query in ({"picture": str(other.id)}, {"picture": "x"}, {"sample": "../x"}, {}):
        page = visitor_client.get(ADDRESS, query).content.decode()

        assert "look-tabs" not in page, query


def test_when_the_server_is_busy_it_says_so(visitor_client: Client, visitor: str, gallery: Gallery) -> None:
    slots = Admission(running=1, queue_size=0, queue_timeout_s=1)
    share(admission=slots)
    with slots.slot():
        response = visitor_client.get(ADDRESS, {"mine": "true"})

    assert response.status_code == 503
    assert "class-0.webp" in response.content.decode()


def test_another_version_than_the_one_that_answers_is_not_asked(
    visitor_client: Client, visitor: str, gallery: Gallery, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = gallery.model_copy(update={"model_digest": f"sha256:{'1' * 64}"})
    monkeypatch.setattr("webui.gallery.views.stored.read", lambda path, digest: other)

    assert "Only the version that answers" in visitor_client.get(ADDRESS, {"mine": "true"}).content.decode()
