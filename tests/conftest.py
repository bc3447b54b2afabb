"""What tests of several packages share."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognizer import Recognizer, architectures, artifact
from tests.recognizer.fakes import make_metadata


@pytest.fixture(scope="session")
def untrained_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole model file of full size that knows nothing: cat, chicken, dog, horse. Takes some 20 s; read only."""
    import keras

    keras.utils.set_random_seed(20)
    path = tmp_path_factory.mktemp("models") / "untrained-1.h5"
    metadata = make_metadata(name="untrained")
    model = architectures.build(metadata.architecture, len(metadata.class_names))
    head = model.get_layer(architectures.LOGITS_LAYER)
    head.set_weights([weights / 10 for weights in head.get_weights()])  # Else one class always has a score of 0.999.
    artifact.write(path, model, metadata)
    return path


@pytest.fixture(scope="session")
def opened(untrained_model: Path) -> Recognizer:
    """The untrained model, ready to answer with TensorFlow."""
    return Recognizer.open_reference(untrained_model)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the project."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip(f"needs the real data in {folder}")
    return folder
