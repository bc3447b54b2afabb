"""The last layer: what it learns, and how sure it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recognizer import architectures
from recognizer.calibration import probabilities
from training.config import Augmentation, Head
from training.data.dataset import scan
from training.data.sampling import class_weights

pytestmark = pytest.mark.tensorflow


def trained(architecture: str, folder: Path, classes: int) -> object:
    """A network with a random backbone and a trained last layer."""
    import keras

    from training.data.batches import Variation
    from training.network import head
    from training.network.features import Features

    keras.utils.set_random_seed(5)
    model = architectures.build(architecture, classes)
    pictures = scan(folder).images
    labels = np.array([picture.label for picture in pictures])
    features = Features(
        model, architectures.get(architecture).preprocessing, variation=Variation(Augmentation(), seed=1)
    )
    head.train_head(
        model,
        features.of(pictures, views=2),
        np.tile(labels, 2),
        weights=np.tile(class_weights(labels.tolist(), classes)[labels], 2),
        options=Head(views=2),
    )
    return model


def embedded(model: object, architecture: str, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings (N, D) of the pictures in a folder, and their labels."""
    from training.network.features import Features

    pictures = scan(folder).images
    embedding = Features(model, architectures.get(architecture).preprocessing).of(pictures)
    return embedding, np.array([picture.label for picture in pictures])


def served(model: object, architecture: str, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (N, C) of the pictures in a folder, and their labels."""
    from training.network import head

    embedding, labels = embedded(model, architecture, folder)
    return probabilities(head.logits(model, embedding), 1.0), labels


@pytest.mark.parametrize("classes", [2, 3])
def test_it_tells_the_classes_apart(tiny_architecture: str, class_folders: Path, classes: int) -> None:
    if classes == 2:
        for path in (class_folders / "green").iterdir():
            path.unlink()
        (class_folders / "green").rmdir()

    scores, labels = served(trained(tiny_architecture, class_folders, classes), tiny_architecture, class_folders)

    assert (scores.argmax(axis=1) == labels).mean() > 0.9


def test_the_backbone_is_only_read(tiny_architecture: str, class_folders: Path) -> None:
    import keras

    keras.utils.set_random_seed(5)
    before = architectures.build(tiny_architecture, 3).get_layer("conv1_conv").get_weights()[0]

    model = trained(tiny_architecture, class_folders, 3)

    assert np.array_equal(model.get_layer("conv1_conv").get_weights()[0], before)


@pytest.mark.parametrize("classes", [2, 3])
def test_half_of_l2_weighs_the_layers_squared_norm_against_the_mean_loss(tiny_architecture: str, classes: int) -> None:
    from training.network import head

    model = architectures.build(tiny_architecture, classes, unit_embedding_size=5)
    labels = np.arange(300) % classes
    embedding = (np.random.default_rng(1).normal(size=(300, 5)) + 2 * np.eye(5)[labels]).astype(np.float32)

    head.train_head(model, embedding, labels, weights=np.ones(300, np.float32), options=Head(l2=0.1))

    # Where their sum is least, the gradients of the two cancel out.
    kernel, _ = model.get_layer(architectures.LOGITS_LAYER).get_weights()
    errors = probabilities(head.logits(model, embedding), 1.0) - np.eye(classes)[labels]
    assert embedding.T @ errors / 300 == pytest.approx(-0.1 * kernel, abs=1e-3)


def test_scaling_makes_the_right_answers_likelier_and_changes_none(tiny_architecture: str, class_folders: Path) -> None:
    from training.network import head

    model = trained(tiny_architecture, class_folders, 3)
    modest, labels = served(model, tiny_architecture, class_folders)

    head.scale_logits(model, *embedded(model, tiny_architecture, class_folders))

    scaled, _ = served(model, tiny_architecture, class_folders)
    right = np.arange(len(labels)), labels
    assert np.log(scaled[right]).mean() > np.log(modest[right]).mean()
    assert (scaled.argmax(axis=1) == modest.argmax(axis=1)).all()


def test_the_factor_finds_the_temperature_that_made_the_labels() -> None:
    from training.network import head

    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (4000, 3)).astype(np.float32)
    labels = np.array([rng.choice(3, p=row / row.sum()) for row in probabilities(logits * 3, 1.0).astype(float)])

    assert head.best_factor(logits, labels) == pytest.approx(3, rel=0.15)


def test_few_right_answers_are_no_proof_of_certainty() -> None:
    from training.network import head

    logits, labels = np.array([[2, 0], [0, 2]], np.float32), np.array([0, 1])

    factor = head.best_factor(logits, labels)

    assert probabilities(logits * np.float32(factor), 1.0).max() == pytest.approx(3 / 4, abs=0.02)


def test_the_largest_logit_is_that_of_the_nearest_mean(tiny_architecture: str) -> None:
    from training.network import head

    model = architectures.build(tiny_architecture, 4, unit_embedding_size=5)
    rng = np.random.default_rng(1)
    labels = rng.permutation(np.arange(60) % 4)
    # Means of different lengths: some classes are closer together than others.
    embedding = rng.normal(size=(60, 5)) * (0.2 + labels[:, None]) + np.eye(5)[labels]
    embedding = (embedding / np.linalg.norm(embedding, axis=1, keepdims=True)).astype(np.float32)

    head.fit_class_means(model, embedding, labels)

    means = np.stack([embedding[labels == label].mean(axis=0) for label in range(4)])
    distances = np.square(embedding[:, None] - means[None]).sum(axis=2)  # (N, C)
    logits = head.logits(model, embedding)
    assert (logits.argmax(axis=1) == distances.argmin(axis=1)).all()
    assert np.ptp(logits + 10 * distances, axis=1) == pytest.approx(0, abs=1e-4)
