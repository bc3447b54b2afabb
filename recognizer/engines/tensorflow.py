"""The reference engine: the Keras network itself, traced once into a TensorFlow graph.

Exact, available wherever training is, heavy to load (about 5 s and 1 GB).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from recognizer import architectures
from recognizer.engines import Outputs
from recognizer.engines.quiet import load_tensorflow
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.network import load_network
from recognizer.preprocessing import Pixels, normalize

if TYPE_CHECKING:
    import tensorflow as tf


class TensorFlowEngine:
    """An `Engine` that runs the Keras network on TensorFlow."""

    name = "tensorflow"

    def __init__(self, source: Artifact) -> None:
        """Builds the network of the model file with its weights.

        Raises:
            ArtifactError: the weights do not fit the architecture.
        """
        load_tensorflow()
        import keras
        import tensorflow as tf

        self._process_id = os.getpid()
        self._preprocessing = source.metadata.preprocessing
        model = load_network(source)
        layers = (architectures.LOGITS_LAYER, architectures.EMBEDDING_LAYER, architectures.FEATURE_MAP_LAYER)
        network = self._network = keras.Model(model.input, [model.get_layer(layer).output for layer in layers])
        self._graph = tf.function(
            lambda image: network(image, training=False),
            input_signature=[tf.TensorSpec((None, *self._input_shape), tf.float32)],
        )

    @property
    def _input_shape(self) -> tuple[int, int, int]:
        size = self._preprocessing.input_size
        return size, size, self._preprocessing.channels

    def frozen(self) -> tf.types.experimental.ConcreteFunction:
        """The network for one picture, float32 (1, S, S, C) as `preprocessing.normalize` makes them, for conversion.

        Its input is called `image`; its outputs `logits`, `embedding` and `feature_map`.
        """
        import tensorflow as tf

        def named(image: tf.Tensor) -> dict[str, tf.Tensor]:
            logits, embedding, feature_map = self._network(image, training=False)
            return {"logits": logits, "embedding": embedding, "feature_map": feature_map}

        picture = tf.TensorSpec((1, *self._input_shape), tf.float32, name="image")
        return tf.function(named, input_signature=[picture]).get_concrete_function()

    def run(self, pixels: Pixels) -> Outputs:
        """See `Engine.run`.

        Raises:
            RuntimeError: in a process that was forked off after the model was opened; TensorFlow would wait for ever.
        """
        if os.getpid() != self._process_id:
            raise RuntimeError(
                "TensorFlow does not work in a process that was forked off after it was loaded. Open the model in that"
                " process, or start it with multiprocessing's method 'spawn'."
            )
        outputs = self._graph(normalize(pixels, self._preprocessing))
        logits, embedding, feature_map = (np.asarray(output, np.float32) for output in outputs)
        return Outputs(logits=logits, embedding=embedding, feature_map=feature_map)
