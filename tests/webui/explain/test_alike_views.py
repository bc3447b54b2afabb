"""It looks like these."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from recognizer import Recognizer, cli
from recognizer.explain import known_pictures
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.rejection_head import BackboneHead
from tests.recognizer.fakes import BLUE, GREEN, RED, FakeEngine, make_metadata, plain
from tests.recognizer.rejections import make_head_score
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer, make_user
from tests.webui.fakes import ready_model, share
from webui.explain import own_pictures
from webui.history import pictures
from webui.history.models import Answer


def of_colour(colour: tuple[int, int, int], **fields: object) -> Answer:
    answer = make_answer(**fields)
    pictures.save(answer.id, Image.new("RGB", (60, 40), colour))
    return answer


def alike(client: Client, answer: Answer) -> str:
    response = client.get(f"/look/{answer.id}/alike/")
    assert response.status_code == 200
    return response.content.decode()


def near(shown: str) -> list[str]:
    """Ids, the nearest first."""
    return re.findall(r'<li><a href="/look/([0-9a-f-]{36})/"', shown)


def distances(shown: str) -> list[float]:
    return [float(text) for text in re.findall(r"distance ([\d.]+)", shown)]


# In one's own history


def test_the_nearest_of_ones_own_pictures_come_first(visitor_client: Client, visitor: str, answer: Answer) -> None:
    green = of_colour(GREEN, visitor=visitor)
    nearly = of_colour((210, 40, 30), visitor=visitor)

    shown = alike(visitor_client, answer)

    assert near(shown) == [str(nearly.id), str(green.id)]
    assert distances(shown) == sorted(distances(shown))
    assert "2 of 2 looked through." in shown


def test_nothing_of_others_is_near(visitor_client: Client, answer: Answer) -> None:
    others = [make_answer(user=make_user("max")), make_answer(visitor="f" * 32)]

    shown = alike(visitor_client, answer)

    assert near(shown) == []
    assert not any(str(other.id) in shown for other in others)
    assert "no other pictures in your history" in shown


def test_staff_see_the_nearest_of_their_own(staff_client: Client, answer: Answer) -> None:
    make_answer(visitor=answer.visitor)

    assert near(alike(staff_client, answer)) == []


def test_five_are_shown(visitor_client: Client, visitor: str, answer: Answer) -> None:
    for number in range(8):
        of_colour((200, 10 * number, 30), visitor=visitor)

    assert len(near(alike(visitor_client, answer))) == 5


def test_a_large_history_is_looked_through_in_several_visits(
    visitor_client: Client, visitor: str, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_pictures, "PER_REQUEST", 3)
    for _ in range(7):
        of_colour(GREEN, visitor=visitor)

    seen = [re.findall(r"(\d+) of 7 looked through", alike(visitor_client, answer))[0] for _ in range(3)]

    assert seen == ["3", "6", "7"]
    assert 'id="more"' not in alike(visitor_client, answer)


def test_pictures_that_are_gone_or_damaged_are_passed_over(
    visitor_client: Client, visitor: str, answer: Answer
) -> None:
    gone, damaged, whole = (of_colour(GREEN, visitor=visitor) for _ in range(3))
    pictures.remove([gone.id])
    pictures.path_of(damaged.id).write_bytes(b"This is no picture.")

    shown = alike(visitor_client, answer)

    assert near(shown) == [str(whole.id)]
    assert "1 of 1 looked through." in shown


def test_what_is_not_kept_neither_stands_in_the_way_nor_counts(
    visitor_client: Client, visitor: str, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_pictures, "PER_REQUEST", 3)
    whole = of_colour(GREEN, visitor=visitor, age_days=1)
    for _ in range(5):
        make_answer(visitor=visitor, picture=False)

    shown = alike(visitor_client, answer)

    assert near(shown) == [str(whole.id)]
    assert 'id="more"' not in shown


def test_what_one_model_made_is_not_taken_for_what_the_next_makes(
    visitor_client: Client, visitor: str, answer: Answer
) -> None:
    of_colour(GREEN, visitor=visitor)
    first = distances(alike(visitor_client, answer))

    class Other(FakeEngine):
        def run(self, pixels):  # type: ignore[no-untyped-def]
            found = super().run(pixels)
            return type(found)(found.logits, np.ones_like(found.embedding), found.feature_map)

    source = Artifact(Path("animals-2.h5"), make_metadata(version="2"), "sha256:1")
    share(model=ready_model(Recognizer(source, Other())))

    assert first[0] > 0.1
    assert distances(alike(visitor_client, answer)) == [0]


# What the backbone calls it


def test_the_first_teachers_names_are_shown_as_english(visitor_client: Client, answer: Answer) -> None:
    kernel = np.zeros((1000, 4), np.float32)
    kernel[232, 0] = 1
    score = make_head_score(
        backbone=BackboneHead(kernel, np.zeros(1000, np.float32), None), own=np.zeros(1000, np.float32)
    )
    source = Artifact(Path("animals-1.h5"), make_metadata(), "sha256:0", score)
    share(model=ready_model(Recognizer(source, FakeEngine())))

    assert '<span class="first-name" lang="en">Border collie</span>' in alike(visitor_client, answer)


def test_a_model_without_that_head_says_so(visitor_client: Client, answer: Answer) -> None:
    assert "does not carry what its network knew before" in alike(visitor_client, answer)


# Of what it learned from


@pytest.fixture
def training(tmp_path: Path, settings_of: SettingsOf, served: Recognizer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of class folders, embedded with the model that answers."""
    folder = tmp_path / "training"
    for name, colour in {"cat": RED, "chicken": GREEN, "dog": BLUE}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "a.png").write_bytes(plain(colour))
    (folder / "dog" / "b.png").write_bytes(b"This is no picture.")
    monkeypatch.setattr(Recognizer, "open", lambda path, **options: served)
    assert cli.main(["embed", str(folder), "--model", "x-1.h5"]) == 0
    settings_of(training_pictures=folder, keep_days=30)
    return folder


def test_the_nearest_training_pictures_are_shown_where_the_owner_keeps_them(
    visitor_client: Client, visitor: str, answer: Answer, training: Path
) -> None:
    own = of_colour(RED, visitor=visitor)

    shown = alike(visitor_client, answer)

    assert re.findall(r'<span class="capitalised">(\w+)</span>', shown)[0] == "cat"
    assert distances(shown)[0] < 0.01
    assert str(own.id) not in shown


def test_their_thumbnails_are_served(client: Client, training: Path) -> None:
    response = client.get("/look/known/0.jpg")

    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert max(Image.open(io.BytesIO(response.content)).size) <= 160


def test_there_is_no_thumbnail_of_what_is_not_known(client: Client, training: Path) -> None:
    for number in ("3", "99999999999999999999"):
        assert client.get(f"/look/known/{number}.jpg").status_code == 404
    (training / "cat" / "a.png").unlink()
    assert client.get("/look/known/0.jpg").status_code == 404


def test_without_the_setting_there_are_none(client: Client) -> None:
    assert client.get("/look/known/0.jpg").status_code == 404


def test_a_folder_that_nobody_embedded_is_as_good_as_none_and_staff_are_told(
    staff_client: Client, visitor_client: Client, answer: Answer, training: Path
) -> None:
    known_pictures.path_of(training, "sha256:0").unlink()

    assert " embed " not in alike(visitor_client, answer)
    assert " embed " in alike(staff_client, answer)


def test_a_damaged_file_of_embeddings_is_as_good_as_none(
    visitor_client: Client, answer: Answer, training: Path, caplog: pytest.LogCaptureFixture
) -> None:
    known_pictures.path_of(training, "sha256:0").write_bytes(b"PK\x03\x04 no archive")

    assert "Nearest in your history" in alike(visitor_client, answer)
    assert "is damaged" in caplog.text
