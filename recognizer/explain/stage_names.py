"""Names of a network's stages: those that its layers have in the model file, as Keras's `summary()` prints them.

The compiled graph has lost them: batch normalisation is part of the convolutions there. What both know is how many
convolutions and poolings it takes from the picture to a stage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recognizer import architectures
from recognizer.architectures import description
from recognizer.architectures.description import IMAGE, Step
from recognizer.errors import ArtifactError
from recognizer.explain.way import positions_passed_by_all
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact

_CONVOLUTIONS: Mapping[str, int] = {"Conv2D": 1, "DepthwiseConv2D": 1, "SeparableConv2D": 2}
_POOLINGS = ("MaxPooling2D", "AveragePooling2D")
_PLUMBING = ("ZeroPadding2D", "Cropping2D", "Reshape")


def stage_names(source: Artifact) -> dict[tuple[int, int], str]:
    """For so many convolutions and poolings the layer that a stage ends with; empty where the file does not say."""
    try:
        steps = description.read(artifact.description(source)).steps
    except ArtifactError:
        return {}
    return names_of(steps)


def names_of(steps: Sequence[Step]) -> dict[tuple[int, int], str]:
    """The same of a network that has been read."""
    wanted = _up_to_feature_map(steps)
    passed: dict[str, frozenset[str]] = {IMAGE: frozenset()}
    for step in wanted:
        own = frozenset({step.name}) if step.kind in _CONVOLUTIONS or step.kind in _POOLINGS else frozenset()
        passed[step.name] = own.union(*(passed[name] for name in step.inputs))
    kinds = {step.name: step.kind for step in wanted}
    found: dict[tuple[int, int], str] = {}
    for at in positions_passed_by_all([(step.name, step.inputs) for step in wanted]):
        step = wanted[at]
        if step.kind not in _PLUMBING and step.name != architectures.FEATURE_MAP_LAYER:
            windows = [kinds[name] for name in passed[step.name]]
            convolutions = sum(_CONVOLUTIONS.get(kind, 0) for kind in windows)
            found[convolutions, sum(kind in _POOLINGS for kind in windows)] = step.name
    return found


def _up_to_feature_map(steps: Sequence[Step]) -> list[Step]:
    by_name = {step.name: step for step in steps}
    needed, waiting = set[str](), [architectures.FEATURE_MAP_LAYER]
    while waiting:
        step = by_name.get(waiting.pop())
        if step is not None and step.name not in needed:
            needed.add(step.name)
            waiting += step.inputs
    return [step for step in steps if step.name in needed]
