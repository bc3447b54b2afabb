"""A training leaves the graph that serves beside the model, so that serving it needs no TensorFlow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognizer import Recognizer
from recognizer.engines import graph_files
from recognizer.errors import ArtifactError
from tests.training.conftest import COLOURS, draw, fit, make_recipe
from training.config import Recipe
from training.data.dataset import scan
from training.data.split import Split, by_content
from training.job import Job

if TYPE_CHECKING:
    from training.pipeline import Fit

pytestmark = pytest.mark.tensorflow

ROOT = Path(__file__).resolve().parents[3]
SERVE = """
import json, sys
from pathlib import Path
from recognizer import Recognizer
recognizer = Recognizer.open(sys.argv[1])
answers = recognizer.classify_batch(Path(path).read_bytes() for path in sys.argv[2:])
print(json.dumps({
    "engine": recognizer.engine.name,
    "labels": [answer.label for answer in answers],
    "loaded": sorted({name.partition(".")[0] for name, module in sys.modules.items() if module}),
}))
"""


@pytest.fixture(scope="module")
def fitted(tiny_architecture: str, drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Fit:
    return fit([drawn], make_recipe(tiny_architecture), tmp_path_factory.mktemp("models") / "colours-1.h5")


def parts_of(folder: Path) -> Split:
    return by_content(scan(folder), validation_fraction=0.25, seed=1)


def test_the_graph_is_there_when_the_training_is_done(fitted: Fit) -> None:
    graphs = graph_files.find(fitted.path)

    assert graphs is not None
    assert graphs.compared() == fitted.parity
    assert set(fitted.path.parent.iterdir()) == {fitted.path, fitted.path.with_suffix(".compiled"), fitted.report}


def test_it_was_compared_on_the_pictures_held_back(fitted: Fit) -> None:
    parity = fitted.parity["int8"]

    assert (parity.pictures, parity.drawn) == (fitted.evaluation.n, False)
    assert parity.keras_accuracy == pytest.approx(fitted.evaluation.accuracy)


def test_serving_the_new_model_needs_no_tensorflow(fitted: Fit, tmp_path: Path) -> None:
    pictures = [tmp_path / f"{name}.png" for name in COLOURS]
    for picture in pictures:
        draw(COLOURS[picture.stem], seed=77).save(picture)

    printed = subprocess.run(
        [sys.executable, "-c", SERVE, fitted.path, *pictures],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ).stdout

    said = json.loads(printed)
    assert said["engine"] in {f"openvino {name}" for name, parity in fitted.parity.items() if parity.accepted}
    assert said["labels"] == list(COLOURS)
    assert not {"tensorflow", "keras", "nncf"} & set(said["loaded"])


def test_the_graph_answers_as_keras_does(fitted: Fit) -> None:
    pixels = np.stack([np.asarray(draw(colour, seed=5, size=(32, 32))) for colour in COLOURS.values()])

    served = Recognizer.open(fitted.path).engine.run(pixels).logits
    reference = Recognizer.open_reference(fitted.path).engine.run(pixels).logits

    assert (served.argmax(axis=1) == reference.argmax(axis=1)).all()


def test_the_same_seed_chooses_the_same_pictures(drawn: Path) -> None:
    from training.export import serving_graph

    pictures = parts_of(drawn).train

    first, again, other = (serving_graph._sample(pictures, 5, seed) for seed in (1, 1, 2))

    assert first == again != other
    assert len(first) == 5


def test_few_pictures_are_all_taken(drawn: Path) -> None:
    from training.export import serving_graph

    pictures = parts_of(drawn).validation

    assert set(serving_graph._sample(pictures, 300, 1)) == set(pictures)


def test_a_place_that_is_full_is_a_sentence_and_the_model_stays(
    fitted: Fit, drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.export import serving_graph

    model = tmp_path / "colours-1.h5"
    model.write_bytes(fitted.path.read_bytes())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    preprocessing = Recognizer.open_reference(model).metadata.preprocessing

    with pytest.raises(ArtifactError, match="has no place"):
        serving_graph.make(model, Job(scan(drawn), parts_of(drawn), Recipe(), preprocessing))

    assert model.exists()
