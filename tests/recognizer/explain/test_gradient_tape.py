"""Maps beside TensorFlow's own gradient: class activation maps are Grad-CAM, and so is what NumPy makes of a head.

And they follow the weights (Adebayo et al. 2018, https://arxiv.org/abs/1810.03292): with others the map is another.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from recognizer import Recognizer
from recognizer.explain.class_activation import Explainer, LastLayer, heat
from recognizer.images.decode import Picture
from recognizer.preprocessing import normalize, resize_and_crop
from tests.recognizer.fakes import make_metadata

if TYPE_CHECKING:
    import keras

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[3]
MODEL = ROOT / "models" / "animals-3.h5"
SAMPLES = ROOT / "webui" / "static" / "webui" / "samples"
PICTURES = 24
DRAWINGS = 12
ALIKE = 0.99


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    """The compiled graph that answers."""
    return Recognizer.open(MODEL, threads=2)


@pytest.fixture(scope="module")
def network(recognizer: Recognizer) -> keras.Model:
    """The same network in Keras, with the feature map and the logits as its outputs."""
    return with_feature_map(recognizer)


def with_feature_map(recognizer: Recognizer) -> keras.Model:
    from recognizer.engines.quiet import load_tensorflow

    load_tensorflow()
    import keras

    from recognizer.model_file.network import load_network

    whole = load_network(recognizer.artifact)
    return keras.Model(whole.input, [whole.get_layer("feature_map").output, whole.get_layer("logits").output])


def drawings(recognizer: Recognizer) -> Iterator[Picture]:
    """The samples, cropped and turned in many ways."""
    for number in range(DRAWINGS):
        picture = recognizer.decode((SAMPLES / f"{('hen', 'horse', 'cup')[number % 3]}.jpg").read_bytes()).rgb
        width, height = picture.size
        share, at = 0.55 + 0.45 * (number % 7) / 7, (number % 5) / 5
        left, top = at * (1 - share) * width, (1 - at) * (1 - share) * height
        cut = picture.crop((round(left), round(top), round(left + share * width), round(top + share * height)))
        turned = cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if number % 2 else cut
        yield Picture(turned, *turned.size)


def photographs(recognizer: Recognizer, shared: Path) -> Iterator[Picture]:
    """Hold-out photographs, as many of each class."""
    folders = sorted((shared / "data" / "animals" / "test").iterdir())
    for folder in folders:
        for path in sorted(folder.iterdir())[: PICTURES // len(folders)]:
            yield recognizer.decode(path.read_bytes())


def gradient_cam(network: keras.Model, picture: Picture, label: int, recognizer: Recognizer) -> np.ndarray:
    """Grad-CAM as the paper has it, by TensorFlow's tape: of the class's logit against the mean of all, (h, w)."""
    return gradient_cams(network, [picture], [label], recognizer)[0]


def gradient_cams(
    network: keras.Model, pictures: list[Picture], labels: list[int], recognizer: Recognizer
) -> list[np.ndarray]:
    """The same of several pictures."""
    import tensorflow as tf

    preprocessing = recognizer.metadata.preprocessing
    pixels = normalize(np.stack([resize_and_crop(one.rgb, preprocessing) for one in pictures]), preprocessing)
    maps, logits = network.predict(pixels, batch_size=20, verbose=0)
    feature_maps = tf.constant(maps)
    with tf.GradientTape() as tape:
        tape.watch(feature_maps)
        scores = _again(network, feature_maps)  # From the feature map on, which is all that the gradient needs.
        chosen = tf.gather(scores, labels, batch_dims=1)
        target = tf.reduce_sum(chosen - tf.reduce_mean(scores, axis=1))  # Of pictures that do not know of each other.
    assert np.allclose(scores, logits, atol=1e-3)
    weights = tf.reduce_mean(tape.gradient(target, feature_maps), axis=(1, 2)).numpy()  # (N, D)
    return [np.maximum(one @ own, 0) for one, own in zip(maps, weights, strict=True)]


def _again(network: keras.Model, feature_map: Any) -> Any:
    """The layers behind the feature map."""
    names = [layer.name for layer in network.layers]
    x = feature_map
    for layer in network.layers[names.index("feature_map") + 1 :]:
        x = layer(x)
    return x


def seen(recognizer: Recognizer, picture: Picture, label: int, explainer: Explainer | None = None) -> np.ndarray:
    """The heat of one look, (h, w)."""
    outputs = recognizer.run([picture])
    explainer = explainer or recognizer._heat_maps.explainer(outputs)
    assert explainer is not None
    return heat(explainer.evidence(outputs.feature_map[0], label))


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.reshape(-1), other.reshape(-1))[0, 1])


def correlations(recognizer: Recognizer, network: keras.Model, pictures: Iterator[Picture]) -> list[float]:
    """Of each picture, for its best class."""
    shown = list(pictures)
    labels = [int(recognizer.run([picture]).logits[0].argmax()) for picture in shown]
    expected = gradient_cams(network, shown, labels, recognizer)
    return [
        correlation(seen(recognizer, picture, label), other)
        for picture, label, other in zip(shown, labels, expected, strict=True)
    ]


def test_the_map_of_drawings_is_grad_cam(recognizer: Recognizer, network: keras.Model) -> None:
    found = correlations(recognizer, network, drawings(recognizer))

    assert len(found) == DRAWINGS
    assert np.mean(found) >= ALIKE


def test_the_map_of_photographs_is_grad_cam(recognizer: Recognizer, network: keras.Model, shared: Path) -> None:
    found = correlations(recognizer, network, photographs(recognizer, shared))

    assert len(found) == PICTURES
    assert np.mean(found) >= ALIKE


def test_numpy_takes_the_gradient_of_several_dense_layers_as_tensorflow_does(tmp_path: Path) -> None:
    from recognizer import architectures
    from recognizer.engines.quiet import load_tensorflow

    load_tensorflow()
    import keras

    from recognizer.engines.tensorflow import TensorFlowEngine
    from recognizer.model_file import artifact
    from recognizer.preprocessing import fingerprint

    keras.utils.set_random_seed(3)
    preprocessing = architectures.preprocessing_of("simple_cnn_deep")
    metadata = make_metadata(
        architecture="simple_cnn_deep",
        preprocessing=preprocessing,
        preprocessing_fingerprint=fingerprint(preprocessing),
    )
    artifact.write(tmp_path / "x-1.h5", architectures.build("simple_cnn_deep", 4), metadata)
    source = artifact.read(tmp_path / "x-1.h5")
    recognizer = Recognizer(source, TensorFlowEngine(source))
    network = with_feature_map(recognizer)

    for number, picture in zip(range(10), drawings(recognizer), strict=False):
        label = number % 4
        expected, found = gradient_cam(network, picture, label, recognizer), seen(recognizer, picture, label)
        if expected.any():
            assert correlation(found, expected) > 0.999


def test_other_weights_have_another_map(recognizer: Recognizer, network: keras.Model) -> None:
    """From the last layer to the first, as the paper's cascade; the average of several random networks."""
    import keras

    pictures = list(drawings(recognizer))[:12]
    labels = [int(recognizer.run([picture]).logits[0].argmax()) for picture in pictures]
    trained = gradient_cams(network, pictures, labels, recognizer)
    kept = network.get_weights()
    found = []
    for seed, stages in enumerate((("logits",), ("logits", "conv5"), ("logits", "conv5", "conv4", "conv3"))):
        keras.utils.set_random_seed(seed)
        randomise(network, stages)
        others = gradient_cams(network, pictures, labels, recognizer)
        found.append(np.mean([correlation(*pair) for pair in zip(trained, others, strict=True) if pair[1].any()]))
    network.set_weights(kept)

    assert max(found) < 0.5
    assert correlation(trained[0], gradient_cam(network, pictures[0], labels[0], recognizer)) > 0.999


def randomise(network: keras.Model, stages: tuple[str, ...]) -> None:
    """Shuffles the numbers of each kernel: as many of each size as before, and no longer what was learned."""
    generator = np.random.default_rng(5)
    for layer in network.layers:
        if layer.name.startswith(stages) and layer.weights:
            layer.set_weights(
                [generator.permutation(tensor.reshape(-1)).reshape(tensor.shape) for tensor in layer.get_weights()]
            )


def test_a_random_last_layer_has_another_map_in_the_graph_that_answers(recognizer: Recognizer) -> None:
    generator, found = np.random.default_rng(8), []
    for picture in list(drawings(recognizer))[:30]:
        label = int(recognizer.run([picture]).logits[0].argmax())
        random = LastLayer(generator.normal(size=(2048, 4)).astype(np.float32), np.zeros(4, np.float32))
        other = seen(recognizer, picture, label, random)
        found.append(correlation(seen(recognizer, picture, label), other) if other.any() else 0.0)

    assert abs(np.mean(found)) < 0.5
