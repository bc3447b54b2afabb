"""LiteRT, formerly TensorFlow Lite, with XNNPACK: the runtime alone, without TensorFlow. The closest rival."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import conversion, inputs, networks
from benchmarks.inputs import Floats
from benchmarks.networks import Calls, Network
from benchmarks.plan import Plan, Step
from benchmarks.rows import Row


def measure(plan: Plan, step: Step) -> Iterator[Row]:
    """float32."""
    return networks.measure(_network("LiteRT, f32", "f32.tflite", plan, step), plan, step)


def measure_int8(plan: Plan, step: Step) -> Iterator[Row]:
    """Full-integer quantised: bytes in, bytes out."""
    return networks.measure(_network("LiteRT, int8", "int8.tflite", plan, step), plan, step)


class _Interpreter:
    """One interpreter; XNNPACK is its default for what runs on processors."""

    def __init__(self, path: Path, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        [self._input] = self._interpreter.get_input_details()
        [self._output] = self._interpreter.get_output_details()

    def quantized(self, batch: Floats) -> np.ndarray:
        """The numbers as this graph takes them."""
        if self._input["dtype"] is np.float32:
            return batch
        scale, zero = self._input["quantization"]
        return np.asarray(np.clip(np.round(batch / scale + zero), 0, 255), np.uint8)

    def run(self, batch: np.ndarray) -> np.ndarray:
        """Runs (1, 224, 224, 3) of `quantized` numbers."""
        self._interpreter.set_tensor(self._input["index"], batch)
        self._interpreter.invoke()
        output: np.ndarray = self._interpreter.get_tensor(self._output["index"])
        return output

    def scores(self, batch: Floats) -> Floats:
        """Probabilities of one picture, (1, C)."""
        output = self.run(self.quantized(batch))
        if self._output["dtype"] is np.float32:
            return output
        scale, zero = self._output["quantization"]
        return np.asarray((output.astype(np.float32) - zero) * scale, np.float32)


def _network(name: str, file: str, plan: Plan, step: Step) -> Network:
    step("converting to LiteRT (once)")
    path = conversion.converted(file, plan)
    interpreter = _Interpreter(path, plan.cores)
    batch = interpreter.quantized(inputs.batch(1))
    one = partial(interpreter.run, batch)
    return Network(
        name,
        scores=lambda: np.concatenate([interpreter.scores(x[None]) for x in inputs.normalized(inputs.examples())]),
        one=one,
        many={
            f"1 interpreter x {plan.cores} threads": Calls(lambda: [one]),
            f"{plan.cores} interpreters x 1 thread": Calls(
                lambda: [partial(_Interpreter(path, 1).run, batch) for _ in range(plan.cores)]
            ),
        },
    )
