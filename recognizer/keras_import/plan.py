"""Plans the network that an import writes: the size of its pictures, its preprocessing, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass, replace

from recognizer.architectures.description import IMAGE, Description, Step
from recognizer.errors import CallerError
from recognizer.keras_import import head, pixels
from recognizer.keras_import.head import Ending
from recognizer.keras_import.keras_file import KerasFile
from recognizer.preprocessing import Preprocessing


@dataclass(frozen=True)
class Plan:
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
        """Whether the original rescales pixels."""
        return self.before != self.preprocessing


def planned(source: KerasFile, before: str | None, input_size: int | None) -> Plan:
    """Plans the network that does what the one in a file does.

    Args:
        source: what the file holds.
        before: a key of `pixels.PRESETS`, what was done to pixels before the network; None: see there.
        input_size: side of a picture in pixels, for a network that takes any.

    Raises:
        CallerError: nobody said which pixels it expects, or how large its pictures are.
        ArtifactError: it ends in a way that we do not take up.
    """
    size, description = _sized(source.description, input_size)
    channels = description.input_shape[2]
    steps = pixels.without_normalization(description.steps, source.numbers)
    preprocessing, left = pixels.preprocessing_of(steps, channels, size, before)
    outside = pixels.PRESETS[before or "none"].changed(input_size=size, grey=channels == 1)
    return Plan(size, channels, outside, preprocessing, head.rewritten(description.output, left, source.numbers))


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
