"""The reference engine gives what plain Keras gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recognizer import Recognizer
from recognizer.architectures import get
from recognizer.errors import ArtifactError
from recognizer.model_file import artifact
from recognizer.preprocessing import normalize
from tests.recognizer.fakes import make_metadata

pytestmark = pytest.mark.tensorflow

PIXELS = np.random.default_rng(11).integers(0, 256, (2, 224, 224, 3), np.uint8)


def test_outputs_have_the_shapes_of_the_protocol(opened: Recognizer) -> None:
    activations = opened.engine.run(PIXELS)

    assert activations.logits.shape == (2, 4)
    assert activations.embedding.shape == (2, 2048)
    assert activations.feature_map.shape == (2, 7, 7, 2048)
    assert {a.dtype for a in (activations.logits, activations.embedding, activations.feature_map)} == {np.dtype("f4")}


def test_the_embedding_is_the_mean_of_the_feature_map(opened: Recognizer) -> None:
    activations = opened.engine.run(PIXELS)

    np.testing.assert_allclose(activations.embedding, activations.feature_map.mean(axis=(1, 2)), rtol=1e-3, atol=1e-5)


def test_a_picture_gets_the_same_answer_alone_and_among_others(opened: Recognizer) -> None:
    together, alone = opened.engine.run(PIXELS).logits, opened.engine.run(PIXELS[1:]).logits

    np.testing.assert_allclose(together[1:], alone, atol=1e-4)


def test_plain_keras_loads_the_file_and_agrees(opened: Recognizer, untrained_model: Path) -> None:
    import keras

    plain = keras.models.load_model(untrained_model, compile=False)

    theirs = np.asarray(plain(normalize(PIXELS, get("resnet50v1.5").preprocessing), training=False))

    logits = opened.engine.run(PIXELS).logits
    ours = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(ours / ours.sum(axis=1, keepdims=True), theirs, atol=1e-4)


def test_weights_that_do_not_fit_the_metadata_are_refused(untrained_model: Path) -> None:
    source = replace(artifact.read(untrained_model), metadata=make_metadata(class_names=("a", "b")))

    from recognizer.engines.tensorflow import TensorFlowEngine

    with pytest.raises(ArtifactError, match="layer logits"):
        TensorFlowEngine(source)
