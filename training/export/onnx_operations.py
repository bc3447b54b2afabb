"""Operations of TensorFlow that tf2onnx does not know, in terms of those that ONNX has."""

from __future__ import annotations

from typing import Any

import numpy as np
from tf2onnx import utils
from tf2onnx.handler import tf_op


@tf_op("Erfc")
class Erfc:
    """1 - erf(x), of which Keras makes the exact GELU."""

    @classmethod
    def version_9(cls, ctx: Any, node: Any, **_options: Any) -> None:
        """Replaces the node, from ONNX 9 on, which has Erf."""
        shapes, dtypes = node.output_shapes, node.output_dtypes
        ctx.remove_node(node.name)
        one = ctx.make_const(utils.make_name("one"), np.ones((), np.float32))
        erf = ctx.make_node("Erf", node.input, shapes=shapes, dtypes=dtypes)
        ctx.make_node("Sub", [one.output[0], erf.output[0]], outputs=node.output, shapes=shapes, dtypes=dtypes)
