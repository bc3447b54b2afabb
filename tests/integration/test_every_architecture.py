"""Each network takes ImageNet's weights, trains, saves itself, is loaded by plain Keras and by us, and serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognizer import Recognizer, architectures
from recognizer.architectures import ARCHITECTURES
from recognizer.engines import compiler, parity
from recognizer.engines.compiler import compile_model
from recognizer.engines.openvino import OpenVINOEngine
from recognizer.explain.feature_maps import Layers
from recognizer.explain.way import MOST_STAGES
from recognizer.model_file import artifact
from recognizer.preprocessing import Pixels, Preprocessing, fingerprint, normalize, resize_and_crop
from tests.recognizer.fakes import encoded, make_metadata, quadrants

if TYPE_CHECKING:
    import keras

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

CLASS_NAMES = ("a", "b", "c")
MORE_OF_THE_SAME = {"resnet50", "resnet101"}
"""They have the blocks of resnet50v1.5, with another stride, or more of them: that they train and are loaded is
enough."""
OF_EACH_SORT = {"resnet50v1.5", "mobilenet_v2", "mobilenet_v3", "convnext_tiny", "simple_cnn", "simple_cnn_deep"}
"""They are tried every time: plain, inverted, squeezed, normalised by layer. All the others take minutes each."""
SIZE = 64
PICTURE = quadrants(100, 80)

# Where Keras's module for a network is called otherwise.
MODULES = {
    "resnet101": "resnet",
    "densenet121": "densenet",
    "convnext_tiny": "convnext",
}


@dataclass(frozen=True)
class Made:
    """A network with its model file, and what was seen on the way."""

    name: str
    model: keras.Model
    preprocessing: Preprocessing
    path: Path
    features: tuple[np.ndarray, np.ndarray | None]
    """Feature maps of the picture, ours and Keras's, from the same weights."""
    losses: list[float]

    @property
    def inputs(self) -> np.ndarray:
        """The picture, as the network sees it."""
        return normalize(resize_and_crop(PICTURE, self.preprocessing)[None], self.preprocessing)


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=[] if name in OF_EACH_SORT else pytest.mark.exhaustive) for name in ARCHITECTURES],
)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """A network, after one step on random numbers; serving takes less time to prepare than usual."""
    import keras

    name: str = request.param
    keras.utils.set_random_seed(7)
    preprocessing = architectures.preprocessing_of(name, input_size=max(SIZE, ARCHITECTURES[name].smallest_input))
    pixels = resize_and_crop(PICTURE, preprocessing)[None]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parity, "_DRAWN", 4)
        patch.setattr(compiler, "has_bf16", lambda: False)
        model, theirs = start(name, preprocessing, pixels, patch)
        inputs = normalize(pixels, preprocessing)
        backbone = keras.Model(model.input, model.get_layer(architectures.FEATURE_MAP_LAYER).output)
        ours = backbone(inputs, training=False).numpy()
        losses = train_one_step(model)
        path = tmp_path_factory.mktemp("models") / "small-1.h5"
        write(path, name, model, preprocessing)
        yield Made(name, model, preprocessing, path, (ours, theirs), losses)


@pytest.fixture(scope="module")
def served(made: Made) -> Recognizer:
    """The same network, compiled."""
    if made.name in MORE_OF_THE_SAME:
        pytest.skip("more of the same blocks")
    compile_model(made.path, report=len)
    return Recognizer.open(made.path, precision="f32")


def start(
    name: str, preprocessing: Preprocessing, pixels: Pixels, patch: pytest.MonkeyPatch
) -> tuple[keras.Model, np.ndarray | None]:
    """A network, with Keras's weights where it has some, and the features that Keras's own network finds."""
    import keras

    from training.network import starting_weights

    download = ARCHITECTURES[name].keras_imagenet
    if download is None:
        model, _ = starting_weights.build(name, "none", len(CLASS_NAMES), preprocessing)
        randomize(model)
        return model, None
    # With its own preprocessing, as somebody would use it who follows Keras's pages.
    make = getattr(keras.applications, download.__self__.function)
    source = make(include_top=False, weights=None, input_shape=(*pixels.shape[1:3], 3))
    randomize(source)
    patch.setitem(ARCHITECTURES, name, replace(ARCHITECTURES[name], keras_imagenet=lambda: source))
    model, _ = starting_weights.build(name, "imagenet", len(CLASS_NAMES), preprocessing)
    prepare = getattr(keras.applications, MODULES.get(name, name)).preprocess_input
    return model, source(prepare(pixels.astype(np.float32)), training=False).numpy()


def randomize(model: keras.Model) -> None:
    """Untrained batch normalisations and layer scales do nothing; these do."""
    rng = np.random.default_rng(4)
    for weight in model.weights:
        if weight.name in ("gamma", "moving_variance"):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif weight.name in ("beta", "moving_mean"):
            weight.assign(rng.normal(0, 0.1, weight.shape))


def train_one_step(model: keras.Model) -> list[float]:
    """The loss before and after."""
    import tensorflow as tf

    from training.network.frozen_batch_norm import with_frozen_statistics

    pictures = np.random.default_rng(5).normal(0, 1, (4, *model.input_shape[1:])).astype(np.float32)
    labels = tf.one_hot([0, 1, 2, 0], len(CLASS_NAMES))
    network = with_frozen_statistics(model.input, model.get_layer(architectures.LOGITS_LAYER).output)

    def loss() -> tf.Tensor:
        logits = network(pictures, training=False)
        return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels, logits))

    variables = [variable.value for variable in network.trainable_variables]
    with tf.GradientTape() as tape:
        before = loss()
    gradients = tape.gradient(before, variables)
    length = tf.linalg.global_norm(gradients)
    for variable, gradient in zip(variables, gradients, strict=True):  # Each has one: None cannot be multiplied.
        variable.assign_sub(0.01 / length * gradient)
    return [float(before), float(loss())]


def write(path: Path, name: str, model: keras.Model, preprocessing: Preprocessing) -> None:
    metadata = make_metadata(
        name="small",
        architecture=name,
        class_names=CLASS_NAMES,
        preprocessing=preprocessing,
        preprocessing_fingerprint=fingerprint(preprocessing),
    )
    artifact.write(path, model, metadata)


def test_the_features_are_those_that_keras_finds_with_its_weights(made: Made) -> None:
    ours, theirs = made.features
    if theirs is None:
        pytest.skip("Keras has no ImageNet weights for it")

    np.testing.assert_allclose(ours, theirs, atol=1e-4 * np.abs(theirs).max())


def test_a_step_lowers_the_loss(made: Made) -> None:
    assert made.losses[1] < made.losses[0]


def test_frozen_statistics_change_no_answer(made: Made) -> None:
    from training.network.frozen_batch_norm import with_frozen_statistics

    frozen = with_frozen_statistics(made.model.input, made.model.output)

    np.testing.assert_allclose(frozen(made.inputs, training=False), made.model(made.inputs, training=False), atol=1e-4)


def test_every_layer_belongs_to_one_stage_or_to_the_head(made: Made) -> None:
    prefixes = (*ARCHITECTURES[made.name].stages, architectures.LOGITS_LAYER)
    weighted = [layer.name for layer in made.model.layers if layer.weights]

    assert {sum(name.startswith(prefix) for prefix in prefixes) for name in weighted} == {1}


def test_plain_keras_loads_the_file(made: Made) -> None:
    import keras

    loaded = keras.models.load_model(made.path, compile=False)

    expected = made.model(made.inputs, training=False)
    np.testing.assert_allclose(loaded(made.inputs, training=False), expected, atol=5e-3)


def test_what_serves_answers_as_keras_does(made: Made, served: Recognizer) -> None:
    prediction = served.classify(encoded(PICTURE))

    expected = made.model(made.inputs, training=False)[0].numpy()
    scores = {entry.label: entry.score for entry in prediction.top}
    assert [scores[name] for name in CLASS_NAMES] == pytest.approx(expected.tolist(), abs=5e-3)


def test_its_layers_can_be_looked_into(made: Made, served: Recognizer) -> None:
    """The way ends where the feature map of the graph that answers is, through layers that the model file names."""
    assert isinstance(served.engine, OpenVINOEngine)
    pixels = resize_and_crop(PICTURE, made.preprocessing)[None]

    layers = Layers(served.engine.graph, threads=1)
    found = layers.of(pixels)

    feature_map = served.engine.run(pixels).feature_map[0]
    last = found[-1]
    assert (last.stage.height, last.stage.width, last.stage.channels) == feature_map.shape
    for one in last.maps:
        assert one.cells == pytest.approx(np.maximum(feature_map[..., one.unit], 0), rel=0.05, abs=0.05)
    assert 2 <= len(found) <= MOST_STAGES
    assert sum(name is not None for name in layers.names) >= 0.7 * len(found), layers.names
    for stage in layers.stages:
        for operation in stage.operations:
            n, (before, after), k = operation.before[0], operation.padding[0], operation.window.kernel[0]
            reach = operation.window.dilation[0] * (k - 1) + 1
            assert (n + before + after - reach) // operation.window.stride[0] + 1 == operation.after[0], stage.node
