"""ONNX files of half the size: weights are stored in 16 bits and widened when the model is opened.

What is computed stays in 32 bits. A weight keeps 11 binary digits, some three decimal ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

_LEAST_NUMBERS = 1024
"""Of a weight that is worth it; biases and the like stay as they are."""


def halve(path: Path) -> None:
    """Rewrites an ONNX file with its large weights in float16, each widened by a Cast of its own."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(str(path))
    casts: list[Any] = []
    for weight in model.graph.initializer:
        numbers = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or numbers.size < _LEAST_NUMBERS or not _fits(numbers):
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(numbers.astype(np.float16), f"{name}/half"))
        casts.append(helper.make_node("Cast", [weight.name], [name], to=TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)
    onnx.save(model, str(path))


def _fits(numbers: np.ndarray) -> bool:
    return bool(np.abs(numbers).max() <= np.finfo(np.float16).max)
