"""Makes a model file of ours of a network that plain Keras saved, and compares the two.

    keras_file -> pixels -> head -> network of stock layers + numbers -> model file -> the same scores as Keras's?

Loads TensorFlow.
"""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from recognizer import architectures
from recognizer.architectures.described import IMPORTED, network
from recognizer.architectures.description import Description, Leaf
from recognizer.engines import Report
from recognizer.engines.quiet import load_tensorflow
from recognizer.errors import ArtifactError, CallerError
from recognizer.keras_import import head
from recognizer.keras_import.head import Ending
from recognizer.keras_import.keras_file import KerasFile, read_keras_file
from recognizer.keras_import.original import NotOpened, largest_difference
from recognizer.keras_import.plan import Plan, planned
from recognizer.model_file import artifact
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.results import Import, Provenance
from recognizer.preprocessing import fingerprint

if TYPE_CHECKING:
    import keras


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
            plan = planned(source, preprocessing, input_size)
        except ArtifactError as err:
            raise NotImportable(str(err).replace(str(copy), str(path))) from err
        _check_classes(class_names, plan.ending)
        report("loading TensorFlow")
        load_tensorflow()
        report("building the network")
        metadata = _metadata(path, source, plan, class_names, name_and_version)
        draft = Path(folder, "draft.h5")
        difference = reason = None
        try:
            artifact.write(draft, _filled(plan, source), metadata)
            report("comparing with Keras")
            difference = largest_difference(copy, source, plan, draft)
        except NotOpened as err:
            reason = str(err)
        except ArtifactError as err:
            raise NotImportable(str(err)) from err
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


def _copied(path: Path, folder: Path) -> Path:
    """A copy that nobody changes between two looks at it."""
    if not path.exists():
        raise CallerError(f"There is no file {path}.")
    if not path.is_file():  # A folder is named by who reads it.
        return path
    copy = folder / f"original{path.suffix}"
    shutil.copyfile(path, copy)
    return copy


def _check_classes(class_names: Sequence[str], ending: Ending) -> None:
    expected = max(ending.outputs, 2)
    if len(class_names) != expected:
        outputs = "one output, for two classes" if ending.outputs == 1 else f"{expected} outputs"
        raise CallerError(
            f"The network has {outputs}, and --classes names {len(class_names)}: {', '.join(class_names)}. Name the"
            " classes in the order of the outputs (that of the alphabet, with image_dataset_from_directory or"
            " flow_from_directory)."
        )


def _filled(plan: Plan, source: KerasFile) -> keras.Model:
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
    path: Path, source: KerasFile, plan: Plan, class_names: Sequence[str], name_and_version: tuple[str, str]
) -> ModelMetadata:
    name, version = name_and_version
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    imported = Import(
        file=os.fsencode(path.name).decode("utf-8", "replace")[-255:],
        digest=f"sha256:{digest}",
        keras=source.keras_version[:100],
        at=datetime.now(UTC).replace(microsecond=0),
        layers=len(plan.ending.steps),
        backbone=(_backbone(source.description) or "")[:100] or None,
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


def _backbone(description: Description) -> str | None:
    """The name of the largest network inside the network."""
    inside = [leaf for leaf in _networks(description.root) if leaf.kind != "Sequential"]
    return max(inside, key=lambda leaf: len(leaf.parts)).name if inside else None


def _networks(network: Leaf) -> Iterator[Leaf]:
    for leaf in network.parts:
        if leaf.is_network:
            yield leaf
            yield from _networks(leaf)
