"""Everything that is measured, in order; each runs in a process of its own that is started afresh.

The modules load TensorFlow and the others only when they measure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.contenders import (
    decoding,
    engine,
    keras_predict,
    litert,
    loadgen,
    onnx_runtime,
    openvino_limit,
    requests,
    tensorflow_graph,
)
from benchmarks.plan import Plan, Step
from benchmarks.rows import Row

CONTENDERS: dict[str, Callable[[Plan, Step], Iterator[Row]]] = {
    "engine": engine.measure,
    "openvino-limit": openvino_limit.measure,
    "loadgen": loadgen.measure,
    "litert-int8": litert.measure_int8,
    "litert": litert.measure,
    "onnxruntime": onnx_runtime.measure,
    "tensorflow": tensorflow_graph.measure,
    "tensorflow-bf16": tensorflow_graph.measure_bf16,
    "keras-predict": keras_predict.measure,
    "decoding": decoding.measure,
    "http": requests.measure,
    "tutorial": requests.measure_tutorial_threads,
    "tutorial-workers": requests.measure_tutorial_workers,
}
