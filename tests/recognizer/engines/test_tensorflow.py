"""The reference engine; that it gives what plain Keras gives, see tests/integration/test_one_answer.py."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from recognizer import Recognizer
from recognizer.errors import ArtifactError
from recognizer.registry import versions
from tests.recognizer.fakes import make_metadata

pytestmark = pytest.mark.tensorflow

PIXELS = np.random.default_rng(11).integers(0, 256, (2, 224, 224, 3), np.uint8)


@pytest.fixture(scope="module")
def opened() -> Recognizer:
    """The shipped model, ready to answer with TensorFlow."""
    return Recognizer.open_reference(versions.active())


def test_outputs_have_the_shapes_of_the_protocol(opened: Recognizer) -> None:
    outputs = opened.engine.run(PIXELS)

    assert outputs.logits.shape == (2, 4)
    assert outputs.embedding.shape == (2, 2048)
    assert outputs.feature_map.shape == (2, 7, 7, 2048)
    assert {a.dtype for a in (outputs.logits, outputs.embedding, outputs.feature_map)} == {np.dtype("f4")}


def test_the_embedding_is_the_mean_of_the_feature_map(opened: Recognizer) -> None:
    outputs = opened.engine.run(PIXELS)

    np.testing.assert_allclose(outputs.embedding, outputs.feature_map.mean(axis=(1, 2)), rtol=1e-3, atol=1e-5)


def test_a_picture_gets_the_same_answer_alone_and_among_others(opened: Recognizer) -> None:
    together, alone = opened.engine.run(PIXELS).logits, opened.engine.run(PIXELS[1:]).logits

    np.testing.assert_allclose(together[1:], alone, atol=1e-4)


def test_threads_get_the_answers_to_their_own_pictures(opened: Recognizer) -> None:
    pictures = np.random.default_rng(12).integers(0, 256, (4, 1, 224, 224, 3), np.uint8)
    one_by_one = [opened.engine.run(picture).logits for picture in pictures]

    with ThreadPoolExecutor(4) as pool:
        at_once = [activations.logits for activations in pool.map(opened.engine.run, pictures)]

    np.testing.assert_allclose(at_once, one_by_one, atol=1e-4)


def test_in_a_process_that_was_forked_off_the_cure_is_named(
    opened: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened.engine, "_process_id", -1)  # Really forking it would wait for ever.

    with pytest.raises(RuntimeError, match="Open the model in that process"):
        opened.engine.run(PIXELS)


def test_weights_that_do_not_fit_the_metadata_are_refused(opened: Recognizer) -> None:
    source = replace(opened.artifact, metadata=make_metadata(class_names=("a", "b")))

    from recognizer.engines.tensorflow import TensorFlowEngine

    with pytest.raises(ArtifactError, match="layer logits"):
        TensorFlowEngine(source)
