"""Turns the H5 file into the files of other runtimes, once, in a process of its own (TensorFlow is large).

    model.h5 -> Keras -> tf2onnx          -> f32.onnx
                      -> TFLiteConverter  -> f32.tflite, int8.tflite (calibrated with pictures)
                      -> model.predict    -> scores.npy (what all of them should answer)

Kept by the digest of the H5 file.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks import inputs, pictures
from benchmarks.inputs import Floats
from benchmarks.plan import Plan

_CALIBRATION_PICTURES = 100


def converted(name: str, plan: Plan) -> Path:
    """The converted model `name`, a key of `_CONVERSIONS`; made where it is missing.

    Raises:
        RuntimeError: the conversion failed; the message has the end of what it printed.
    """
    path = _path(name, plan)
    if not path.exists():
        command = [sys.executable, "-m", "benchmarks.conversion", name, plan.to_json()]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            raise RuntimeError(f"The conversion to {name} failed: {result.stderr.strip().splitlines()[-1]}")
    return path


def score_difference(scores: Floats, plan: Plan) -> float:
    """Largest difference between these scores of `inputs.examples()`, (N, C), and those of `model.predict`."""
    return float(np.abs(scores - np.load(converted("scores.npy", plan))).max())


def _calibration_batches(plan: Plan) -> Iterator[list[Floats]]:
    for picture in _calibration_pictures(plan):
        yield [inputs.normalized(inputs.pixels(picture.convert("RGB"))[None])]


def _calibration_pictures(plan: Plan) -> Iterator[Image.Image]:
    """Of the folder that was given with --images, or drawn ones."""
    if plan.images is None:
        for seed in range(_CALIBRATION_PICTURES):
            yield pictures.draw(pictures.SMALL.width, pictures.SMALL.height, 1000 + seed)
        return
    found = sorted(path for path in Path(plan.images).rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    for path in found[:: max(1, len(found) // _CALIBRATION_PICTURES)]:
        with Image.open(path) as picture:
            yield picture


def _path(name: str, plan: Plan) -> Path:
    digest = hashlib.sha256(Path(plan.model).read_bytes())
    if "int8" in name:
        digest.update((plan.images or "drawn").encode())
    return plan.path / "converted" / digest.hexdigest()[:16] / name


def _onnx(model: Any, path: Path, _: Plan) -> None:
    import tensorflow as tf
    import tf2onnx

    signature = [tf.TensorSpec((1, inputs.SIZE, inputs.SIZE, 3), tf.float32, name="image")]
    tf2onnx.convert.from_function(
        tf.function(lambda image: model(image, training=False)), signature, opset=18, output_path=str(path)
    )


def _litert(model: Any, path: Path, _: Plan) -> None:
    path.write_bytes(_litert_converter(model).convert())


def _litert_int8(model: Any, path: Path, plan: Plan) -> None:
    """Full-integer quantisation as LiteRT's guide has it: bytes in, bytes out."""
    import tensorflow as tf

    converter = _litert_converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: _calibration_batches(plan)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.uint8
    path.write_bytes(converter.convert())


def _litert_converter(model: Any) -> Any:
    """Of the frozen graph: with variables, the calibration of TensorFlow 2.21 fails at the first of them."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    signature = [tf.TensorSpec((1, inputs.SIZE, inputs.SIZE, 3), tf.float32)]
    function = tf.function(lambda image: model(image, training=False), input_signature=signature)
    frozen = convert_variables_to_constants_v2(function.get_concrete_function())
    return tf.lite.TFLiteConverter.from_concrete_functions([frozen])


def _scores(model: Any, path: Path, _: Plan) -> None:
    scores = model.predict(inputs.normalized(inputs.examples()), verbose=0)
    with path.open("wb") as file:
        np.save(file, scores)


_CONVERSIONS: dict[str, Callable[[Any, Path, Plan], None]] = {
    "f32.onnx": _onnx,
    "f32.tflite": _litert,
    "int8.tflite": _litert_int8,
    "scores.npy": _scores,
}


def _convert(name: str, plan: Plan) -> None:
    """Writes the file whole or not at all."""
    import keras

    path = _path(name, plan)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"draft-{name}")
    _CONVERSIONS[name](keras.models.load_model(plan.model, compile=False), draft, plan)
    draft.rename(path)


if __name__ == "__main__":
    _convert(sys.argv[1], Plan.from_json(sys.argv[2]))
