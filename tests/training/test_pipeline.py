"""The whole way from class folders to a model file."""

from __future__ import annotations

import errno
import json
import os
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognizer import ArtifactError, Recognizer, files
from recognizer.model_file import artifact
from recognizer.model_file.rejection_head import HeadScore
from tests.training.conftest import COLOURS, draw, fit, make_recipe
from training import outcome
from training.calibration.ood import COMPARED
from training.config import FineTune, Recipe, Rejection
from training.data.dataset import scan
from training.errors import DatasetError, OutcomeError, RecipeError, WeightsError
from training.evaluation.evaluate import evaluate
from training.outcome import Asked
from training.trainer.run import RunOptions

if TYPE_CHECKING:
    from training.pipeline import Fit

pytestmark = pytest.mark.tensorflow


def recipe(architecture: str) -> Recipe:
    options = FineTune(unfreeze=("conv2", "conv1"), epochs=(2, 1), learning_rate=(0.02, 0.02))
    return make_recipe(architecture, fine_tune=options)


@pytest.fixture(scope="module")
def fitted(tiny_architecture: str, drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Fit:
    out = tmp_path_factory.mktemp("models") / "deeper" / "colours-2.h5"
    return fit([drawn], recipe(tiny_architecture), out, asked=Asked(out.parents[1] / "outcome.json"))


def test_the_model_learns_what_is_in_the_folders(fitted: Fit) -> None:
    recognizer = Recognizer.open(fitted.path)

    answers = [recognizer.classify_pictures([recognizer.decode(png(colour))])[0] for colour in COLOURS.values()]

    assert [answer.label for answer in answers] == list(COLOURS)


def test_what_became_of_each_picture_is_told(fitted: Fit) -> None:
    told = json.loads((fitted.path.parents[1] / "outcome.json").read_text())

    parts = Counter(picture["part"] for picture in told["pictures"])
    assert parts == {"training": 27, "held_back": 9}
    assert len(told["answers"]) == 9
    assert sum(answer["said"] == answer["actual"] for answer in told["answers"]) == fitted.served.correct.part


def test_an_outcome_that_cannot_be_written_does_not_cost_the_model(
    tiny_architecture: str, drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    out, asked = tmp_path / "colours-2.h5", Asked(tmp_path / "outcome.json")
    with monkeypatch.context() as patch:
        patch.setattr(outcome, "write", full)
        with pytest.raises(OutcomeError, match=r"colours-2.h5 is written.*--resume") as failed:
            fit([drawn], recipe(tiny_architecture), out, asked=asked)
    written = Recognizer.open(out).metadata

    fit([drawn], recipe(tiny_architecture), out, asked=asked, options=RunOptions(resume=True))

    assert files.lacks_space(failed.value)
    assert written.name == "colours"
    assert len(json.loads(asked.file.read_bytes())["pictures"]) == 36


def png(colour: tuple[int, int, int]) -> bytes:
    from io import BytesIO

    buffer = BytesIO()
    draw(colour, seed=999).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_file_says_where_it_comes_from(fitted: Fit, drawn: Path) -> None:
    metadata = Recognizer.open(fitted.path).metadata

    assert (metadata.name, metadata.version) == ("colours", "2")
    assert metadata.provenance["data"]["images"] == {"blue": 12, "green": 12, "red": 12}
    assert metadata.provenance["data"]["digest"] == scan(drawn).digest()
    assert metadata.provenance["recipe"]["seed"] == 1
    assert metadata.results["validation"]["n"] == 9
    assert [phase["unfreeze"] for phase in metadata.results["history"]] == ["conv2", "conv1"]
    assert str(drawn.parent) not in metadata.to_json()


def test_the_model_can_say_none_of_these(fitted: Fit) -> None:
    recognizer = Recognizer.open(fitted.path)

    answer = recognizer.classify(png((240, 240, 20)))

    assert (answer.known, answer.label) == (False, None)
    assert fitted.calibration.rejection.accepted_share == 0.95
    assert fitted.calibration.rejection == recognizer.metadata.rejection


def test_unknown_pictures_are_learned_from(
    tiny_architecture: str, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind, colour in {"yellow": (220, 210, 20), "cyan": (20, 200, 210)}.items():
        (tmp_path / "unknown" / kind).mkdir(parents=True)
        for number in range(8):
            draw(colour, seed=number).save(tmp_path / "unknown" / kind / f"{number}.png")
    options = recipe(tiny_architecture).model_copy(
        update={
            "rejection": Rejection(unknown=(str(tmp_path / "unknown"),)),
            "fine_tune": FineTune(unfreeze=("of another", "network"), epochs=(0, 0)),
        }
    )

    found = fit([drawn], options, tmp_path / "shown-1.h5", asked=Asked(tmp_path / "outcome.json")).calibration

    rejection, others = found.rejection, found.others
    assert others is not None
    assert 8 <= others.whole <= 16  # All but those that were in the half that is learned from each time.
    told = json.loads((tmp_path / "outcome.json").read_text())["others"]
    assert told == {"pictures": others.whole, "accepted": others.part}
    assert {row.method for row in rejection.comparison} == set(COMPARED)
    assert Recognizer.open(tmp_path / "shown-1.h5").metadata.provenance["recipe"]["rejection"]["unknown"] == ["unknown"]
    assert capsys.readouterr().err.count("Other things: 16 pictures") == 1


def test_a_missing_folder_of_unknown_pictures_is_noticed_before_any_work(
    tiny_architecture: str, drawn: Path, tmp_path: Path
) -> None:
    options = recipe(tiny_architecture).model_copy(
        update={"rejection": Rejection(unknown=(str(tmp_path / "nowhere"),))}
    )

    with pytest.raises(DatasetError, match=r"no folder .*nowhere"):
        fit([drawn], options, tmp_path / "x-1.h5")

    assert list(tmp_path.iterdir()) == []


def test_other_things_that_have_all_become_classes_are_noticed_before_any_work(
    tiny_architecture: str, drawn: Path, tmp_path: Path
) -> None:
    for number in range(12):
        (tmp_path / "others" / "red").mkdir(parents=True, exist_ok=True)
        draw(COLOURS["red"], seed=number).save(tmp_path / "others" / "red" / f"red-{number}.png")
    options = recipe(tiny_architecture).model_copy(update={"rejection": Rejection(unknown=(str(tmp_path / "others"),))})

    with pytest.raises(DatasetError, match="at least 10 readable pictures of other things"):
        fit([drawn], options, tmp_path / "x-1.h5")


def test_evaluating_the_file_again_gives_the_figures_it_holds(fitted: Fit) -> None:
    again = evaluate(Recognizer.open(fitted.path), fitted.audit.dataset)

    assert again.n == 36
    assert fitted.evaluation.accuracy >= 8 / 9


def test_the_same_command_gives_nearly_the_same_model(
    fitted: Fit, tiny_architecture: str, drawn: Path, tmp_path: Path
) -> None:
    again = fit([drawn], recipe(tiny_architecture), tmp_path / "again-1.h5")

    one, other = (
        np.array([entry.score for entry in sorted_top(Recognizer.open(path))]) for path in (fitted.path, again.path)
    )
    assert np.abs(one - other).max() < 0.02


def sorted_top(recognizer: Recognizer) -> list:
    prediction = recognizer.classify(png(COLOURS["red"]))
    return sorted(prediction.top, key=lambda entry: entry.label)


def test_nothing_is_written_where_the_pictures_cannot_be_used(tiny_architecture: str, tmp_path: Path) -> None:
    (tmp_path / "data" / "only").mkdir(parents=True)

    with pytest.raises(DatasetError):
        fit([tmp_path / "data"], recipe(tiny_architecture), tmp_path / "x-1.h5")

    assert not (tmp_path / "x-1.h5").exists()


@pytest.mark.parametrize(
    "changes",
    [{"architecture": "alexnet"}, {"fine_tune": FineTune(unfreeze=("conv9",), epochs=(1,), learning_rate=(0.1,))}],
)
def test_an_unknown_architecture_or_stage_is_refused_before_any_work(
    tiny_architecture: str, class_folders: Path, tmp_path: Path, changes: dict[str, object]
) -> None:
    with pytest.raises(RecipeError, match="Expected"):
        fit([class_folders], recipe(tiny_architecture).model_copy(update=changes), tmp_path / "x-1.h5")


def test_weights_of_another_network_are_refused_before_any_work(tiny_architecture: str, tmp_path: Path) -> None:
    options = make_recipe(tiny_architecture, weights="models/animals-3.h5")

    with pytest.raises(WeightsError, match=r"animals-3\.h5 is a resnet50v1\.5, the recipe wants a tiny"):
        fit([tmp_path / "nowhere"], options, tmp_path / "x-1.h5")


def test_the_command_at_the_head_of_the_guide_to_networks_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to the pictures, which are not there; what would be downloaded is left out."""
    from training import config
    from training.network import backbone_head

    monkeypatch.setattr(backbone_head, "find", lambda recipe: None)
    guide = (Path(__file__).resolve().parents[2] / "docs/architectures.md").read_text(encoding="utf-8")
    command = next(line for line in guide.splitlines() if " fit " in line).split()
    overrides = [value for option, value in pairwise(command) if option == "--set"]

    assert overrides[0].startswith("architecture=")
    with pytest.raises(DatasetError, match="nowhere"):
        fit([tmp_path / "nowhere"], config.load("animals", overrides), tmp_path / "x-1.h5")


def test_interpolation_lies_between_probe_and_tuned_weights() -> None:
    from training.trainer.trainer import interpolate

    probe, tuned = [np.zeros(3, np.float32)], [np.full(3, 4, np.float32)]

    assert interpolate(probe, tuned, 0)[0].tolist() == [0, 0, 0]
    assert interpolate(probe, tuned, 0.25)[0].tolist() == [1, 1, 1]
    assert interpolate(probe, tuned, 1)[0].tolist() == [4, 4, 4]


@pytest.mark.parametrize("place", ["a file/x-1.h5", "folder-1.h5"])
def test_a_place_that_cannot_be_written_to_is_refused_before_any_work(
    tiny_architecture: str, tmp_path: Path, place: str
) -> None:
    (tmp_path / "a file").write_bytes(b"")
    (tmp_path / "folder-1.h5").mkdir()

    with pytest.raises(ArtifactError, match="cannot be written"):
        fit([tmp_path / "no data"], recipe(tiny_architecture), tmp_path / place)


def test_a_backbone_that_stays_as_it_is_keeps_the_head_that_it_came_with(
    tiny_architecture: str, drawn: Path, tmp_path: Path
) -> None:
    rng = np.random.default_rng(1)
    np.savez(tmp_path / "head.npz", kernel=rng.normal(size=(16, 40)), bias=np.zeros(40))
    options = {"fine_tune": FineTune(unfreeze=("conv1",), epochs=(0,), learning_rate=(0.1,))}
    named = Rejection(backbone_head=str(tmp_path / "head.npz"))

    first = fit([drawn], make_recipe(tiny_architecture, rejection=named, **options), tmp_path / "one-1.h5")
    onward = make_recipe(tiny_architecture, weights=str(first.path), **options)
    second = fit([drawn], onward, tmp_path / "one-2.h5")

    scores = [artifact.read(fitted.path).ood_score for fitted in (first, second)]
    assert [fitted.calibration.rejection.method for fitted in (first, second)] == ["rejection_head"] * 2
    assert all(isinstance(score, HeadScore) for score in scores)
    assert scores[0].backbone.kernel.tolist() == scores[1].backbone.kernel.tolist()
    assert Recognizer.open(second.path).classify(png(COLOURS["red"])).label == "red"
