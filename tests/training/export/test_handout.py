"""Exported models answer as the engine does, to the example that is handed out with them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from recognizer import architectures, calibration
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.network import load_network
from recognizer.model_file.rejection_head import BackboneHead, HeadScore, HiddenLayer
from recognizer.model_file.similarity import SimilarityScore
from recognizer.preprocessing import fingerprint, normalize, resize_and_crop
from tests.recognizer.fakes import make_metadata, quadrants
from tests.recognizer.rejections import make_head_rejection, make_rejection
from training.export import handout, standalone
from training.export.handout import Agreement, ExportFailed
from training.export.standalone import TARGETS, Target

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

CLASS_NAMES = ("a", "b", "c")
SIZE = 50  # Of the embedding of simple_cnn.
RUNTIMES = {"onnx": "onnxruntime", "litert": "ai_edge_litert"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return small_model(tmp_path_factory.mktemp("models"))


def small_model(folder: Path) -> Artifact:
    """A small network for grey pictures with random numbers and a temperature."""
    import keras

    keras.utils.set_random_seed(3)
    preprocessing = architectures.preprocessing_of("simple_cnn", input_size=28)
    model = architectures.build("simple_cnn", len(CLASS_NAMES), preprocessing)
    metadata = make_metadata(
        name="small-things",
        architecture="simple_cnn",
        class_names=CLASS_NAMES,
        preprocessing=preprocessing,
        preprocessing_fingerprint=fingerprint(preprocessing),
        temperature=0.7,
    )
    path = folder / "small-1.h5"
    artifact.write(path, model, metadata)
    return artifact.read(path)


def with_head(source: Artifact) -> Artifact:
    rng = np.random.default_rng(2)
    numbers = {name: rng.normal(size=shape).astype(np.float32) for name, shape in (("K", (3, SIZE)), ("C", (4, SIZE)))}
    backbone = BackboneHead(numbers["K"], rng.normal(size=3).astype(np.float32), None)
    own = np.array([1, 0.5, 0], np.float32)
    score = HeadScore(backbone, own, numbers["C"], rng.normal(size=4).astype(np.float32), backbone_weight=0.8)
    return replace(source, ood_score=score, metadata=rejecting(source, make_head_rejection(threshold=0.1, spread=2.0)))


def with_hidden_layer(source: Artifact) -> Artifact:
    rng = np.random.default_rng(4)
    shapes = {"kernel": (5, SIZE), "bias": (5,), "output_kernel": (4, 5), "output_bias": (4,)}
    hidden = HiddenLayer(**{name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()})
    found = with_head(source)
    assert isinstance(found.ood_score, HeadScore)
    return replace(found, ood_score=replace(found.ood_score, hidden=hidden))


def with_references(source: Artifact) -> Artifact:
    rng = np.random.default_rng(2)
    references = rng.normal(size=(5, SIZE)).astype(np.float32)
    references /= np.linalg.norm(references, axis=1, keepdims=True)
    score = SimilarityScore(references, rng.normal(size=SIZE).astype(np.float32), neighbours=2, similarity_weight=3.0)
    return replace(source, ood_score=score, metadata=rejecting(source, make_rejection(threshold=0.2, spread=0.5)))


def rejecting(source: Artifact, rejection: Any) -> Any:
    return source.metadata.model_copy(update={"rejection": rejection})


def halving(source: Artifact, pixels: np.ndarray) -> Artifact:
    """The same with a threshold that half of these pictures pass."""
    rejection = source.metadata.rejection
    if rejection is None or source.ood_score is None:
        return source
    middle = float(np.median(source.ood_score(of_network(source, pixels)[0])))
    return replace(source, metadata=rejecting(source, rejection.model_copy(update={"threshold": middle})))


def of_network(source: Artifact, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Embedding and logits."""
    import keras

    network = load_network(source)
    layers = (architectures.EMBEDDING_LAYER, architectures.LOGITS_LAYER)
    inner = keras.Model(network.input, [network.get_layer(name).output for name in layers])
    embedding, logits = inner(normalize(pixels, source.metadata.preprocessing))
    return np.asarray(embedding), np.asarray(logits)


def expected(source: Artifact, pixels: np.ndarray) -> dict[str, np.ndarray]:
    """What the model's numbers are by our own NumPy code."""
    embedding, logits = of_network(source, pixels)
    found = {"probabilities": calibration.probabilities(logits, source.metadata.temperature)}
    rejection = source.metadata.rejection
    if source.ood_score is not None and rejection is not None:
        scores = source.ood_score(embedding)
        found["known"] = (scores >= rejection.threshold).astype(int)
        found["likeness"] = np.array([rejection.likeness(float(score)) for score in scores])
    return found


@pytest.mark.parametrize(
    "of",
    [lambda found: found, with_head, with_hidden_layer, with_references],
    ids=["plain", "head", "hidden layer", "references"],
)
def test_the_graph_has_all_that_belongs_to_an_answer(source: Artifact, of: Any) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (20, 28, 28, 3), np.uint8)
    chosen = halving(of(source), pixels)

    found = standalone.standalone(chosen)(pixels)

    wanted = expected(chosen, pixels)
    assert found.keys() == wanted.keys()
    for name, numbers in wanted.items():
        np.testing.assert_allclose(np.asarray(found[name]), numbers, atol=1e-4, err_msg=name)
    if "known" in wanted:
        assert 0 < wanted["known"].mean() < 1


@pytest.mark.parametrize("target", TARGETS)
def test_the_example_answers_as_we_do(source: Artifact, target: Target, tmp_path: Path) -> None:
    if target in RUNTIMES and find_spec(RUNTIMES[target]) is None:  # Not loaded here: the example is another process.
        pytest.skip(f"{RUNTIMES[target]} is not installed")
    chosen = with_head(source)
    folder = tmp_path / "out"

    agreement = handout.make(chosen, target, folder)

    assert agreement is not None
    assert agreement.largest_difference < 1e-3
    paths = [tmp_path / "one.png", tmp_path / "two.jpg"]
    quadrants(90, 60).save(paths[0])
    quadrants(40, 80).convert("L").save(paths[1])
    done = subprocess.run(
        [sys.executable, folder / "classify.py", *paths], capture_output=True, text=True, check=True, timeout=120
    )
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    preprocessing = chosen.metadata.preprocessing
    pixels = np.stack([resize_and_crop(Image.open(path).convert("RGB"), preprocessing) for path in paths])
    wanted = expected(chosen, pixels)
    np.testing.assert_allclose([one["probabilities"] for one in answers], wanted["probabilities"], atol=1e-3)
    assert [one["known"] for one in answers] == wanted["known"].astype(bool).tolist()
    names = [CLASS_NAMES[at] for at in wanted["probabilities"].argmax(axis=1)]
    assert [one["answer"] for one in answers] == [
        name if known else "none of these" for name, known in zip(names, wanted["known"], strict=True)
    ]
    assert chosen.digest in (folder / "README.md").read_text(encoding="utf-8")


def test_what_is_there_already_stays(source: Artifact, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    with pytest.raises(ExportFailed, match=r"is there already\. Remove it, or name another folder with --out"):
        handout.make(source, "saved_model", tmp_path / "out")


@pytest.mark.parametrize("probability", [1.0, float("nan")])
def test_a_model_that_answers_otherwise_is_not_handed_out(
    source: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, probability: float
) -> None:
    wrong = [{"probabilities": [probability, 0.0, 0.0], "known": True}] * 4
    monkeypatch.setattr(handout, "_run", lambda folder, paths: wrong)

    with pytest.raises(ExportFailed, match="answers otherwise"):
        handout.make(source, "saved_model", tmp_path / "out")

    assert list(tmp_path.iterdir()) == []


def test_where_nothing_runs_it_that_is_said(source: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standalone, "save", lambda model, target, folder: folder)  # Quicker than one that is not run.
    missing = "import no_such_runtime"
    monkeypatch.setattr(
        handout, "_describe", lambda source, target, folder: (folder / "classify.py").write_text(missing)
    )

    assert handout.make(source, "onnx", tmp_path / "out") is None


def test_a_model_that_knows_other_pictures_is_not_handed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"probabilities": [0.5, 0.5], "known": True}
    monkeypatch.setattr(handout, "_run", lambda folder, paths: [said] * len(paths))
    preprocessing = architectures.preprocessing_of("simple_cnn", input_size=28)

    def tried(*likeness: float) -> Agreement | None:
        known = [like >= 0.5 for like in likeness]
        network = {"probabilities": [[0.5, 0.5]] * 4, "known": known, "likeness": likeness}
        return handout._tried(cast("Any", lambda pixels: network), preprocessing, tmp_path)

    assert tried(0.9, 0.8, 0.6, 0.499)
    with pytest.raises(ExportFailed, match="knows a picture that the network does not"):
        tried(0.9, 0.8, 0.6, 0.2)


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("import os; os.kill(os.getpid(), 9)", "does not run: it ended with -9"),
        ("raise ValueError('no such input')", "does not run: ValueError: no such input"),
        ("import time; time.sleep(60)", "does not answer 0 pictures in"),
    ],
)
def test_why_a_model_does_not_run_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, sentence: str
) -> None:
    monkeypatch.setattr(handout, "_TIMEOUT_S", 1 if "sleep" in program else 60)
    (tmp_path / "classify.py").write_text(program)

    with pytest.raises(ExportFailed, match=sentence):
        handout._run(tmp_path, [])


def test_the_exact_gelu_can_be_written_for_onnx(tmp_path: Path) -> None:
    """As ConvNeXt has it; tf2onnx knows no erfc."""
    import keras
    from onnx import load
    from onnx.reference import ReferenceEvaluator

    image = keras.Input((8, 8, 3), dtype="uint8", name="image")
    features = keras.layers.Dense(5, activation="gelu")(keras.layers.Rescaling(1 / 99, -1)(image))
    model = keras.Model(image, {"probabilities": keras.layers.GlobalAveragePooling2D()(features)})
    pixels = np.random.default_rng(1).integers(0, 256, (2, 8, 8, 3), np.uint8)

    path = standalone.save(model, "onnx", tmp_path)

    [found] = ReferenceEvaluator(load(path)).run(None, {"image": pixels})
    np.testing.assert_allclose(found, np.asarray(model(pixels)["probabilities"]), atol=1e-5)
