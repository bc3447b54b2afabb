"""Finds out which pixels a network expects: what is done to them before it, and what it does to them itself.

picture -> (--preprocessing) -> network: Rescaling, Normalization, blue first ... -> the first layer that learns
picture -> one Preprocessing record                                             -> the first layer that learns
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from recognizer.architectures import imagenet
from recognizer.architectures.description import IMAGE, REVERSED, Step
from recognizer.errors import ArtifactError, CallerError
from recognizer.keras_import.stored_numbers import Numbers, Path
from recognizer.preprocessing import Preprocessing

_AS_IT_IS = imagenet.MINUS_ONE_TO_ONE.model_copy(update={"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)})
PRESETS: Mapping[str, Preprocessing] = {
    "none": _AS_IT_IS,
    "0..1": _AS_IT_IS.model_copy(update={"std": (255.0, 255.0, 255.0)}),
    "-1..1": imagenet.MINUS_ONE_TO_ONE,
    "caffe": imagenet.CAFFE,
    "torch": imagenet.TORCH,
}
"""What was done to pixels of 0 to 255 before they came to the network."""

HOW_TO_FIND_OUT = (
    "Nothing in the network says which pixels it expects. Look in the code that trained it, and say with"
    " --preprocessing what was done to pixels before the network: 0..1 where they were divided by 255 (rescale=1./255);"
    " -1..1 for preprocess_input of MobileNet, MobileNetV2, Inception, Xception, NASNet and ResNetV2, or / 127.5 - 1;"
    " caffe for that of ResNet and VGG; torch for that of DenseNet; none where nothing was done. A wrong choice"
    " gives wrong answers and no error: try it on pictures that you know."
)

# Epsilon of Keras, below which `Normalization` takes no deviation.
_LEAST_DEVIATION = 1e-7
_KEEPS_PIXELS = ("Resizing", "CenterCrop", "Cropping2D")
_RESCALES = ("Rescaling", REVERSED, "Normalization")


@dataclass(frozen=True)
class _Affine:
    """scale * x + offset, for each channel, of channels that may be reversed first."""

    scale: npt.NDArray[np.float64]
    offset: npt.NDArray[np.float64]
    is_reversed: bool = False


def without_normalization(steps: Sequence[Step], numbers: Mapping[Path, Numbers]) -> tuple[Step, ...]:
    """Writes each `Normalization` as the `Rescaling` that it is, once its mean and variance are known."""
    return tuple(_as_rescaling(step, numbers) if step.kind == "Normalization" else step for step in steps)


def preprocessing_of(
    steps: Sequence[Step], channels: int, size: int, before: str | None
) -> tuple[Preprocessing, tuple[Step, ...]]:
    """The record of the pixels, and the steps that are left.

    Args:
        steps: of the network; those at its start that only rescale pixels become part of the record.
        channels: 1 or 3.
        size: side of the square picture.
        before: a key of `PRESETS`; None: nobody said, which is enough where the network rescales pixels itself.

    Raises:
        CallerError: nobody said, and the network does not rescale.
        ArtifactError: the pixels cannot be made by a record.
    """
    inside, left = _split(steps, channels)
    if before is None and inside is None:
        raise CallerError(HOW_TO_FIND_OUT)
    preset = PRESETS[before or "none"]
    try:
        outside = preset.changed(input_size=size, grey=channels == 1)
        return (outside if inside is None else _combined(outside, inside)), left
    except ValidationError as err:
        raise ArtifactError(
            f"Expected pictures of 8 to 1024 pixels. Received: {size} pixels ({err.errors()[0]['msg']})"
        ) from err


def _split(steps: Sequence[Step], channels: int) -> tuple[_Affine | None, tuple[Step, ...]]:
    """What the network does to pixels before anything else, and the steps without that."""
    found: _Affine | None = None
    at, left = IMAGE, list(steps)
    while len(users := [step for step in left if at in step.inputs]) == 1:
        step = users[0]
        if step.kind in _KEEPS_PIXELS:  # It does not matter which comes first.
            at = step.name
            continue
        after = _after(found, step, channels) if step.kind in _RESCALES else None
        if after is None:
            break
        found = after
        left = [called_on(other, step.name, at) for other in left if other is not step]
    return found, tuple(left)


def _after(first: _Affine | None, step: Step, channels: int) -> _Affine | None:
    """Both one after the other; None where a record cannot hold it."""
    so_far = first or _Affine(np.ones(channels), np.zeros(channels))
    if step.kind == REVERSED:
        return _Affine(so_far.scale[::-1], so_far.offset[::-1], not so_far.is_reversed)
    scale, offset = (
        np.asarray(step.options.get(key, usual), np.float64) for key, usual in (("scale", 1), ("offset", 0))
    )
    if scale.size not in (1, channels) or offset.size not in (1, channels) or not (scale > 0).all():
        return None
    return _Affine(so_far.scale * scale, so_far.offset * scale + offset, so_far.is_reversed)


def _combined(outside: Preprocessing, inside: _Affine) -> Preprocessing:
    mean, std = np.array(outside.mean), np.array(outside.std)
    order: str = outside.channel_order
    if inside.is_reversed:
        mean, std, order = mean[::-1], std[::-1], {"rgb": "bgr", "bgr": "rgb"}.get(order, order)
    combined = {"mean": mean - inside.offset * std / inside.scale, "std": std / inside.scale}
    rounded = {key: tuple(_rounded(number) for number in numbers) for key, numbers in combined.items()}
    return Preprocessing(**{**outside.model_dump(), **rounded, "channel_order": order})


def _rounded(number: float) -> float:
    """Without the noise of float32 constants: 127.5, not 127.50000001."""
    return float(f"{number:.7g}")


def _as_rescaling(step: Step, numbers: Mapping[Path, Numbers]) -> Step:
    stored = numbers.get(step.path, [])
    written = (step.options.get("mean"), step.options.get("variance"))
    mean, variance = (np.asarray(x, np.float64).reshape(-1) for x in (stored[:2] if len(stored) >= 2 else written))
    if mean.size not in (1, 3) or variance.size != mean.size or not np.isfinite([mean, variance]).all():
        raise ArtifactError(
            f"The layer {step.name} (Normalization) has no mean and variance of the channels of a picture."
        )
    scale = 1 / np.maximum(np.sqrt(np.maximum(variance, 0)), _LEAST_DEVIATION)
    return replace(step, kind="Rescaling", options={"scale": scale.tolist(), "offset": (-mean * scale).tolist()})


def called_on(step: Step, old: str, new: str) -> Step:
    """The step with another one in the place of one that it takes."""
    return replace(step, inputs=tuple(new if name == old else name for name in step.inputs))
