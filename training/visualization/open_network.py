"""The trained network of a model file, cut open: its stages by name, for pictures of any size in 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from recognizer import architectures
from recognizer.engines.quiet import load_tensorflow
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.network import load_network
from recognizer.preprocessing import LUMA, Preprocessing

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

# An imported network does not name its stages: its last resolutions are taken for them.
_MOST_STAGES = 5


@dataclass(frozen=True)
class Stage:
    """A part of the network with one resolution, mostly."""

    name: str
    layer: str
    """The last layer of it."""
    channels: int


class OpenNetwork:
    """A trained network that can be asked what any of its stages makes of a picture, and differentiated through."""

    def __init__(self, source: Artifact) -> None:
        """Builds the network of a model file with its weights.

        Raises:
            ArtifactError: the weights do not fit the architecture.
            NotInstalled: there is no TensorFlow here.
        """
        load_tensorflow()
        import keras

        self.metadata = source.metadata
        self._trained = load_network(source)
        self._trained.trainable = False
        names = architectures.ARCHITECTURES
        known = names[source.metadata.architecture].stages if source.metadata.architecture in names else ()
        self.stages = _stages(self._trained, known)
        cut = keras.Model(self._trained.input, self._trained.get_layer(architectures.FEATURE_MAP_LAYER).output)
        self._free = _for_any_size(cut)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the network's outputs."""
        return self.metadata.class_names

    @property
    def input_size(self) -> int:
        """Side of the pictures that it was trained on, in pixels."""
        return self.metadata.preprocessing.input_size

    def stage(self, name: str) -> Stage | None:
        """A stage by its name; None where there is none of this name."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def maps(self, layer: str) -> keras.Model:
        """The network up to a layer: normalised pictures (N, H, W, C) of any size -> (N, h, w, D)."""
        import keras

        return keras.Model(self._free.input, self._free.get_layer(layer).output)

    def logits(self) -> keras.Model:
        """The whole network: normalised pictures (N, S, S, C) of the size it was trained on -> (N, classes)."""
        import keras

        return keras.Model(self._trained.input, self._trained.get_layer(architectures.LOGITS_LAYER).output)

    def logits_of_any_size(self) -> keras.Model | None:
        """As `logits`, for pictures of any size; None where the network cannot: its layers count the pixels."""
        try:
            return _for_any_size(self.logits())
        except (ValueError, TypeError):  # Keras cannot flatten what it does not know the size of.
            return None

    def last_kernel(self) -> npt.NDArray[np.float32] | None:
        """Weights of the last layer, (D, classes); None where it does not stand on the averaged feature map."""
        from keras import layers

        below = self._trained.get_layer(architectures.EMBEDDING_LAYER)
        if not isinstance(below, layers.GlobalAveragePooling2D):
            return None
        return np.asarray(self._trained.get_layer(architectures.LOGITS_LAYER).kernel, np.float32)

    def normalize(self, pixels: tf.Tensor) -> tf.Tensor:
        """`preprocessing.normalize` for pixels from 0 to 1 that can be differentiated: (N, H, W, 3) -> (N, H, W, C)."""
        return normalize(pixels, self.metadata.preprocessing)


def use_threads(count: int) -> None:
    """Lets TensorFlow keep at most so many cores busy; before it computes anything.

    Raises:
        NotInstalled: there is no TensorFlow here.
    """
    load_tensorflow()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(count)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def normalize(pixels: tf.Tensor, preprocessing: Preprocessing) -> tf.Tensor:
    """Pixels from 0 to 1, (N, H, W, 3) RGB, as the network wants them, (N, H, W, C)."""
    import tensorflow as tf

    scaled = 255.0 * pixels
    if preprocessing.channel_order == "grey":
        scaled = scaled @ tf.constant(LUMA, tf.float32)[:, None]  # (N, H, W, 1)
    elif preprocessing.channel_order == "bgr":
        scaled = scaled[..., ::-1]
    return (scaled - tf.constant(preprocessing.mean, tf.float32)) / tf.constant(preprocessing.std, tf.float32)


def _for_any_size(model: keras.Model) -> keras.Model:
    """A copy of a network, weights and all, that takes pictures of any height and width."""
    import keras

    copy = keras.models.clone_model(model, input_tensors=keras.Input((None, None, model.input_shape[-1])))
    copy.set_weights(model.get_weights())
    copy.trainable = False
    return copy


def _stages(model: keras.Model, known: tuple[str, ...]) -> tuple[Stage, ...]:
    """The stages that the architecture names, or else the last layer of each of the last resolutions."""
    import keras

    idle = (keras.layers.InputLayer, keras.layers.ZeroPadding2D)
    last: dict[str, Stage] = {}
    for layer in model.layers:
        if isinstance(layer, idle) or len(layer.output.shape) != 4:
            continue
        name = next((stage for stage in known if layer.name.startswith(stage)), None)
        name = f"{layer.output.shape[1]} x {layer.output.shape[2]}" if not known else name
        if name is not None:
            last[name] = Stage(name, layer.name, layer.output.shape[-1])
    return tuple(last.values())[-_MOST_STAGES:]
