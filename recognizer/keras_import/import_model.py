"""Makes a model file of ours of a network that plain Keras saved, and compares the two.

    keras_file -> pixels -> head -> network of stock layers + numbers -> model file -> the same scores as Keras's?

Loads TensorFlow.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from recognizer import architectures, calibration
from recognizer.architectures.described import IMPORTED, network
from recognizer.architectures.description import IMAGE, Description, Leaf, Step
from recognizer.engines import Report, parity
from recognizer.engines.quiet import load_tensorflow
from recognizer.engines.tensorflow import TensorFlowEngine
from recognizer.errors import ArtifactError, CallerError
from recognizer.keras_import import head, pixels
from recognizer.keras_import.head import Ending
from recognizer.keras_import.keras_file import KerasFile, read_keras_file
from recognizer.keras_import.original import NotOpened, original_network
from recognizer.model_file import artifact
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.results import Import, Provenance
from recognizer.preprocessing import Preprocessing, fingerprint, normalize

if TYPE_CHECKING:
    import keras

# Kernels are rounded to half precision. Of MobileNetV2, the scores move by less than 0.001.
_MAX_DIFFERENCE = 0.01
# Where Keras itself computes the original in half precision.
_MAX_DIFFERENCE_OF_HALF = 0.05


class NotImportable(CallerError):
    """The file is not a network that we can take up; the text says which layer, why, and what to do."""

    code = "not_importable"
    title = "The network cannot be imported"


@dataclass(frozen=True)
class Imported:
    """What was understood, and how close the model file comes to the original."""

    path: Path
    metadata: ModelMetadata
    layers: int
    backbone: str | None
    """The largest network inside the network, by its name."""
    activation: str
    """What the original's last layer gives: softmax, sigmoid or linear (logits)."""
    rescales_itself: bool
    """Whether the original rescales pixels."""
    largest_difference: float | None
    """Of any score on drawn patterns, from Keras's; None where Keras cannot open the original."""
    not_compared: str | None
    """Why it cannot."""


def import_model(
    path: Path,
    out: Path,
    class_names: Sequence[str],
    *,
    name_and_version: tuple[str, str],
    preprocessing: str | None = None,
    input_size: int | None = None,
    report: Report,
) -> Imported:
    """Imports a network.

    Args:
        path: an H5 or .keras file that Keras saved.
        out: the model file to write.
        class_names: in the order of the network's outputs; of one sigmoid output, the second is what it stands for.
        name_and_version: of the new model.
        preprocessing: a key of `pixels.PRESETS`, what was done to pixels before the network; None: see there.
        input_size: side of a picture in pixels, for a network that takes any.
        report: is told each step.

    Raises:
        NotImportable: there is something in it that we do not take up.
        CallerError: nobody said which pixels it expects, or the classes are not as many as its outputs.
        ArtifactError: the model file cannot be written.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".import-") as folder:
        report("reading the file")
        copy = _copied(path, Path(folder))
        try:
            source = read_keras_file(copy, Path(folder), reserved=head.RESERVED)
            plan = _planned(source, preprocessing, input_size)
        except ArtifactError as err:
            raise NotImportable(str(err).replace(str(copy), str(path))) from err
        _check_classes(class_names, plan.ending)
        report("loading TensorFlow")
        load_tensorflow()
        report("building the network")
        metadata = _metadata(path, source, plan, class_names, name_and_version)
        draft = Path(folder, "draft.h5")
        try:
            artifact.write(draft, _filled(plan, source), metadata)
        except ArtifactError as err:
            raise NotImportable(str(err)) from err
        report("comparing with Keras")
        difference, reason = _compared(copy, source, plan, draft)
        draft.replace(out)
    return Imported(
        out,
        metadata,
        layers=len(plan.ending.steps),
        backbone=_backbone(source.description),
        activation=plan.ending.activation,
        rescales_itself=plan.rescales_itself,
        largest_difference=difference,
        not_compared=reason,
    )


@dataclass(frozen=True)
class _Plan:
    """The network that will be written."""

    input_size: int
    channels: int
    before: Preprocessing
    """What is done to pixels before the original."""
    preprocessing: Preprocessing
    """What is done to pixels before the network that will be written."""
    ending: Ending

    @property
    def rescales_itself(self) -> bool:
        return self.before != self.preprocessing


def _copied(path: Path, folder: Path) -> Path:
    """A copy that nobody changes between two looks at it."""
    if not path.exists():
        raise CallerError(f"There is no file {path}.")
    if not path.is_file():  # A folder is named by who reads it.
        return path
    copy = folder / f"original{'.keras' if path.suffix == '.keras' else '.h5'}"
    shutil.copyfile(path, copy)
    return copy


def _planned(source: KerasFile, before: str | None, input_size: int | None) -> _Plan:
    size, description = _sized(source.description, input_size)
    channels = description.input_shape[2]
    steps = pixels.without_normalization(description.steps, source.numbers)
    preprocessing, left = pixels.preprocessing_of(steps, channels, size, before)
    outside = pixels.PRESETS[before or "none"].changed(input_size=size, grey=channels == 1)
    return _Plan(size, channels, outside, preprocessing, head.rewritten(description.output, left, source.numbers))


def _sized(description: Description, wanted: int | None) -> tuple[int, Description]:
    """The side of our square picture; a network for pictures of other proportions gets a layer that makes them."""
    height, width, _ = description.input_shape
    if height is None or width is None:
        first = next((step for step in description.steps if step.inputs == (IMAGE,)), None)
        size = wanted or (first.options["height"] if first and first.kind == "Resizing" else None)
        if size is None:
            raise CallerError(
                "The network takes pictures of any size. Say which side it was trained with: --input-size 224"
            )
        return size, description
    if wanted not in (None, max(height, width)):
        raise CallerError(
            f"The network takes pictures of {width} x {height} pixels, and no others. Leave out --input-size."
        )
    if height == width:
        return height, description
    resize = Step("resize_to_input", "Resizing", (IMAGE,), {"height": height, "width": width})
    steps = [pixels.called_on(step, IMAGE, resize.name) for step in description.steps]
    return max(height, width), replace(description, steps=(resize, *steps))


def _check_classes(class_names: Sequence[str], ending: Ending) -> None:
    expected = max(ending.outputs, 2)
    if len(class_names) != expected:
        outputs = "one output, for two classes" if ending.outputs == 1 else f"{expected} outputs"
        raise CallerError(
            f"The network has {outputs}, and --classes names {len(class_names)}: {', '.join(class_names)}. Name the"
            " classes in the order of the outputs (that of the alphabet, with image_dataset_from_directory or"
            " flow_from_directory)."
        )


def _filled(plan: _Plan, source: KerasFile) -> keras.Model:
    """The network with its numbers."""
    model = network(
        plan.ending.steps, architectures.PROBABILITIES_LAYER, (plan.input_size, plan.input_size, plan.channels)
    )
    for step in plan.ending.steps:
        numbers = plan.ending.logits if step.name == architectures.LOGITS_LAYER else source.numbers.get(step.path, [])
        layer = model.get_layer(step.name)
        if not layer.weights:
            continue
        expected = [tuple(weight.shape) for weight in layer.weights]
        if [x.size for x in numbers] != [math.prod(shape) for shape in expected]:
            raise ArtifactError(
                f"The layer {step.name} ({step.kind}) should have weights of the shapes {expected}. Received:"
                f" {[x.shape for x in numbers]}"
            )
        layer.set_weights([x.reshape(shape) for x, shape in zip(numbers, expected, strict=True)])
    return model


def _metadata(
    path: Path, source: KerasFile, plan: _Plan, class_names: Sequence[str], name_and_version: tuple[str, str]
) -> ModelMetadata:
    name, version = name_and_version
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    imported = Import(
        file=path.name[-255:],
        digest=f"sha256:{digest}",
        keras=source.keras_version[:100],
        at=datetime.now(UTC).replace(microsecond=0),
    )
    try:
        return ModelMetadata(
            name=name,
            version=version,
            architecture=IMPORTED,
            class_names=tuple(class_names),
            preprocessing=plan.preprocessing,
            preprocessing_fingerprint=fingerprint(plan.preprocessing),
            provenance=Provenance(imported=imported).to_dict(),
            results={},
        )
    except ValidationError as err:
        raise CallerError("; ".join(problem["msg"] for problem in err.errors())) from err


def _compared(copy: Path, source: KerasFile, plan: _Plan, draft: Path) -> tuple[float | None, str | None]:
    """The largest difference of any score on drawn patterns, of the model file as it will be read, from Keras's.

    Raises:
        NotImportable: it is too large.
    """
    patterns = parity.drawn_pictures(plan.input_size)
    logits = parity.logits_of(TensorFlowEngine(artifact.read(draft)), patterns)
    ours = calibration.probabilities(logits, 1.0)
    try:
        original = original_network(copy, source.written)
    except NotOpened as err:
        return None, str(err)
    seen = normalize(patterns.pixels, plan.before)
    height, width, _ = source.description.input_shape
    if height != width:
        import keras

        seen = np.asarray(keras.layers.Resizing(height, width)(seen))
    theirs = _scores(np.asarray(original(seen, training=False), np.float32), plan.ending.activation)
    difference = float(np.nan_to_num(np.abs(ours - theirs), nan=1.0).max())
    most = _MAX_DIFFERENCE_OF_HALF if "float16" in json.dumps(source.written) else _MAX_DIFFERENCE
    if difference > most:
        raise NotImportable(
            f"On drawn patterns its scores differ from Keras's by up to {difference:.3f}, and {most} is the"
            " most that rounding explains. Nothing was written."
        )
    return difference, None


def _scores(outputs: npt.NDArray[np.float32], activation: str) -> npt.NDArray[np.float32]:
    """Probabilities (N, C) of what the original gives: (N, C), or (N, 1) for two classes."""
    outputs = outputs.reshape(len(outputs), -1)
    if activation == "linear":
        zeros = np.zeros_like(outputs)
        return calibration.probabilities(outputs if outputs.shape[1] > 1 else np.hstack([zeros, outputs]), 1.0)
    return outputs if outputs.shape[1] > 1 else np.hstack([1 - outputs, outputs])


def _backbone(description: Description) -> str | None:
    """The name of the largest network inside the network."""
    inside = [leaf for leaf in _networks(description.root) if leaf.kind != "Sequential"]
    return max(inside, key=lambda leaf: len(leaf.parts)).name if inside else None


def _networks(network: Leaf) -> Iterator[Leaf]:
    for leaf in network.parts:
        if leaf.is_network:
            yield leaf
            yield from _networks(leaf)
