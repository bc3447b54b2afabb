"""ONNX files whose large weights are stored in 16 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.export import half_floats

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402 - after it was found.
from onnx.reference import ReferenceEvaluator  # noqa: E402


def product(path: Path, weight: np.ndarray) -> Path:
    """An ONNX file that multiplies (1, N) with a weight (N, M)."""
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weight"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, weight.shape[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, weight.shape[1]])],
        [numpy_helper.from_array(weight, "weight")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    return path


def test_a_file_has_half_the_size_and_nearly_the_same_answers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    weight, x = rng.normal(size=(200, 50)).astype(np.float32), rng.normal(size=(1, 200)).astype(np.float32)
    path = product(tmp_path / "model.onnx", weight)
    before = path.stat().st_size

    half_floats.halve(path)

    assert path.stat().st_size < 0.52 * before
    onnx.checker.check_model(onnx.load(path), full_check=True)
    [found] = ReferenceEvaluator(onnx.load(path)).run(None, {"x": x})
    np.testing.assert_allclose(np.asarray(found), x @ weight.astype(np.float16).astype(np.float32), atol=1e-4)


@pytest.mark.parametrize("weight", [np.ones((3, 2), np.float32), np.full((200, 50), 1e6, np.float32)])
def test_small_weights_and_those_beyond_16_bits_stay(tmp_path: Path, weight: np.ndarray) -> None:
    path = product(tmp_path / "model.onnx", weight)

    half_floats.halve(path)

    [kept] = onnx.load(path).graph.initializer
    np.testing.assert_array_equal(numpy_helper.to_array(kept), weight)
