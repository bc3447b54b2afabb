"""Rewrites the end of a network in the layers that all our networks end with.

    ... -> feature_map (the last with height and width) -> ... -> embedding (what the last Dense sees)
    embedding -> logits -> probabilities

Softmax is taken off the last layer; one sigmoid unit becomes two logits, of which the first is 0; a last convolution of
1 x 1 becomes the Dense that it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recognizer import architectures
from recognizer.architectures.description import IMAGE, Step
from recognizer.errors import ArtifactError
from recognizer.keras_import.stored_numbers import Numbers, Path

RESERVED = (
    architectures.FEATURE_MAP_LAYER,
    architectures.PROJECTION_LAYER,
    architectures.EMBEDDING_LAYER,
    architectures.LOGITS_LAYER,
    architectures.PROBABILITIES_LAYER,
)
_AVERAGE, _FLAT = "average_before_logits", "flat_before_logits"
_POOLING = ("GlobalAveragePooling2D", "GlobalMaxPooling2D")
_CURE = (
    "Expected a network that ends in a Dense layer with an output for each class: scores, logits, or one sigmoid unit."
)


@dataclass(frozen=True)
class Ending:
    """A network with its end rewritten."""

    steps: tuple[Step, ...]
    logits: Numbers
    """Kernel (E, C) and bias (C,) of the last layer."""
    activation: str
    """What the original gives: softmax, sigmoid, or linear for logits."""
    outputs: int
    """How many outputs the original has."""


def rewritten(output: str, steps: Sequence[Step], numbers: Mapping[Path, Numbers]) -> Ending:
    """Rewrites the end of a network.

    Args:
        output: the step that gives the scores.
        steps: of the network, but for those that only rescale pixels.
        numbers: of the layers, by path.

    Raises:
        ArtifactError: the network does not end in scores for classes.
    """
    by_name = {step.name: step for step in steps}
    last, activation, between = _last_layer(output, by_name)
    kernel = numbers[last.path][0].reshape(-1, numbers[last.path][0].shape[-1])  # (E, C)
    bias = numbers[last.path][1] if len(numbers[last.path]) > 1 else np.zeros(kernel.shape[1], np.float32)
    kept = _needed(last.inputs[0], by_name, steps)
    embedded = last.inputs[0]
    if last.kind == "Conv2D":
        embedded, kept = _before_convolution(last, between, kept)
    outputs = kernel.shape[1]
    if outputs == 1:
        kernel, bias = (np.concatenate([np.zeros_like(x), x], axis=-1) for x in (kernel, bias))
    elif activation == "sigmoid":
        raise ArtifactError(
            f"Each of the {outputs} outputs is a sigmoid: several classes can be true of one picture, or none."
            " Here, a picture shows one class. Train it with softmax, or with one sigmoid unit for two classes."
        )
    ended = [*_with_names(kept, embedded), _dense(kernel.shape[1]), _softmax()]
    return Ending(tuple(ended), [kernel, bias], activation, outputs)


def _last_layer(output: str, by_name: Mapping[str, Step]) -> tuple[Step, str, list[Step]]:
    """The last layer that learns, the function behind it, and the steps between."""
    activation: str | None = None
    between: list[Step] = []
    name = output
    while (step := by_name.get(name)) is not None:
        own = step.options.get("activation", "linear") if step.kind != "Softmax" else "softmax"
        if own != "linear" and activation is not None:
            raise ArtifactError(f"The network ends in {own} and then {activation}. {_CURE}")
        if own != "linear":
            activation = own
        if step.kind in ("Dense", "Conv2D"):
            if activation not in (None, "softmax", "sigmoid"):
                raise ArtifactError(f"The last layer, {step.name}, has the activation {activation}. {_CURE}")
            return step, activation or "linear", between
        if step.kind not in ("Activation", "Softmax", "Reshape", "Flatten", *_POOLING[:1]) or len(step.inputs) != 1:
            break
        between.append(step)
        name = step.inputs[0]
    found = f"{step.name} ({step.kind})" if step else "the picture itself"
    raise ArtifactError(f"The network ends in {found}. {_CURE}")


def _before_convolution(last: Step, between: Sequence[Step], kept: list[Step]) -> tuple[str, list[Step]]:
    """A convolution of 1 x 1, and then the average over the picture, is the average and then a Dense."""
    below = last.inputs[0]
    size = np.asarray(last.options.get("kernel_size", 1)).max()
    pooled = any(step.kind in _POOLING for step in between)
    if size != 1 or np.asarray(last.options.get("strides", 1)).max() != 1 or last.options.get("groups", 1) != 1:
        raise ArtifactError(f"The last layer, {last.name}, is a convolution of {size} x {size}. {_CURE}")
    if pooled and last.options.get("activation", "linear") != "linear":
        raise ArtifactError(f"The last layer, {last.name}, has its activation before the average. {_CURE}")
    if pooled:
        return _AVERAGE, [*kept, Step(_AVERAGE, "GlobalAveragePooling2D", (below,))]
    return _FLAT, [*kept, Step(_FLAT, "Flatten", (below,))]


def _needed(name: str, by_name: Mapping[str, Step], steps: Sequence[Step]) -> list[Step]:
    """The steps that a step's output is made of, in order; what else there was belonged to the end."""
    wanted, needed = [name], set()
    while wanted:
        step = by_name.get(wanted.pop())
        if step is not None and step.name not in needed:
            needed.add(step.name)
            wanted += step.inputs
    return [step for step in steps if step.name in needed]


def _with_names(steps: Sequence[Step], embedded: str) -> list[Step]:
    """Puts a layer whose only purpose is its name behind the last feature map, and behind the embedding."""
    ranks = _ranks(steps)
    if ranks[embedded] != 2:
        raise ArtifactError(
            f"The last layer sees a tensor of {ranks[embedded]} dimensions, not a list of features. {_CURE}"
        )
    mapped = [name for name, rank in ranks.items() if rank == 4][-1]
    named = Step(architectures.FEATURE_MAP_LAYER, "Activation", (mapped,), {"activation": "linear"})
    routed = [
        replace(step, inputs=tuple(named.name if name == mapped else name for name in step.inputs))
        if ranks[step.name] != 4
        else step
        for step in steps
    ]
    position = 1 + max((at for at, step in enumerate(routed) if step.name == mapped), default=-1)
    source = named.name if embedded == mapped else embedded
    embedding = Step(architectures.EMBEDDING_LAYER, "Activation", (source,), {"activation": "linear"})
    return [*routed[:position], named, *routed[position:], embedding]


def _ranks(steps: Sequence[Step]) -> dict[str, int]:
    """How many dimensions each step's output has, in order; 4 for one with height and width."""
    ranks = {IMAGE: 4}
    for step in steps:
        below = max(ranks[name] for name in step.inputs)
        if step.kind == "Flatten" or (step.kind in _POOLING and not step.options.get("keepdims")):
            below = 2
        elif step.kind == "Reshape":
            below = 1 + len(step.options["target_shape"])
        ranks[step.name] = below
    return ranks


def _dense(classes: int) -> Step:
    return Step(architectures.LOGITS_LAYER, "Dense", (architectures.EMBEDDING_LAYER,), {"units": classes})


def _softmax() -> Step:
    return Step(architectures.PROBABILITIES_LAYER, "Softmax", (architectures.LOGITS_LAYER,))
