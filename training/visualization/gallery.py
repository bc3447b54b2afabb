"""Makes the gallery of a model file: a picture of what each chosen filter and each class looks for.

    model file -> filters chosen -> those not drawn yet, some at a time -> drafts -> the folder beside the model file

What a killed run has drawn stays in a hidden folder, with which the next one goes on.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from rich.progress import Progress

from recognizer import files
from recognizer.errors import ArtifactError
from recognizer.explain import gallery as stored
from recognizer.model_file.artifact import Artifact
from recognizer.preprocessing import Pixels
from training.progress import bar
from training.visualization.ascent import Climb, Found, Look, ascend
from training.visualization.choose_filters import choose
from training.visualization.fourier_images import CLOUDS
from training.visualization.open_network import OpenNetwork, Stage
from training.visualization.transforms import Moves

if TYPE_CHECKING:
    import tensorflow as tf

# Sides in pixels, from the input up; of more stages, the first ones have the first side. A deep filter looks at more.
_SIDES = (64, 96, 128, 160, 192)
_LEAST_SIDE = 32
# Chosen by eye on animals-2. What looks at textures is drawn sharply; what looks at whole things needs calm areas, and
# larger moves, or its picture is of nothing but details.
_TEXTURES = partial(Climb, rate=0.05, decay=1.0)
_OBJECTS = partial(Climb, rate=0.11, decay=1.45, moves=Moves(turn=0.12, scale=0.15, shift=0.08, pad=0.08))
_BATCH = 8
_QUALITY = 80
_DONE = "done.json"
_LIBRARIES = ("keras", "tensorflow")


@dataclass(frozen=True)
class Effort:
    """How much is drawn, and how carefully."""

    filters: int = 16
    """Of each stage."""
    steps: int = 128
    """Of gradient ascent, for each picture."""


@dataclass(frozen=True)
class _Room:
    """Pictures that are drawn alike: those of a stage, or those of the classes."""

    name: str
    look: Look
    units: tuple[int, ...]
    climb: Climb
    stage: Stage | None

    def file(self, unit: int) -> str:
        return f"{self.name}-{unit}.webp"


def make(source: Artifact, effort: Effort) -> Path:
    """Draws the gallery of a model file, or what is missing of it; returns its folder.

    Raises:
        ArtifactError: nothing can be written beside the model file, or its weights do not fit.
    """
    folder = stored.folder(source.path)
    drafts = folder.with_name(f".{folder.name}-{_key(source, effort)}")
    try:
        drafts.mkdir(exist_ok=True)
    except OSError as err:
        raise ArtifactError(f"The gallery cannot be written to {folder}: {err.strerror}.") from err
    rooms = list(_rooms(OpenNetwork(source), effort))
    excited = _draw(rooms, drafts)
    manifest = _manifest(source, rooms, drafts, excited, effort)
    _publish(manifest, drafts, folder)
    return folder


def _rooms(network: OpenNetwork, effort: Effort) -> Iterator[_Room]:
    sides = (*(_SIDES[:1] * len(network.stages)), *_SIDES)[-len(network.stages) :]
    for number, (stage, side) in enumerate(zip(network.stages, sides, strict=True)):
        size = max(_LEAST_SIDE, min(side, network.input_size))
        units = tuple(choose(network, stage, effort.filters))
        calm = _OBJECTS if stage is network.stages[-1] else _TEXTURES
        yield _Room(f"stage{number}", _channels(network, stage), units, calm(size=size, steps=effort.steps), stage)
    classes = tuple(range(min(len(network.class_names), stored.MOST_PICTURES)))
    climb = _OBJECTS(size=network.input_size, steps=effort.steps)
    yield _Room("class", _classes(network), classes, climb, None)


def _channels(network: OpenNetwork, stage: Stage) -> Look:
    maps = network.maps(stage.layer)

    def look(pixels: tf.Tensor) -> tf.Tensor:
        import tensorflow as tf

        return tf.reduce_mean(maps(network.normalize(pixels), training=False), axis=(1, 2))  # (N, D)

    return look


def _classes(network: OpenNetwork) -> Look:
    logits = network.logits()
    return lambda pixels: logits(network.normalize(pixels), training=False)  # (N, classes)


def _draw(rooms: Sequence[_Room], drafts: Path) -> dict[str, float]:
    """Draws what is not there yet; returns how much each picture excites what it is of."""
    excited = _done(drafts)
    wanted = {room.file(unit) for room in rooms for unit in room.units}
    with bar("Drawing", len(wanted), done=len(wanted & excited.keys())) as progress:
        for room in rooms:
            missing = [unit for unit in room.units if room.file(unit) not in excited]
            for start in range(0, len(missing), _BATCH):
                units = missing[start : start + _BATCH]
                found = ascend(room.look, units, room.climb, seed=0, on_step=_advance(progress, room, units))
                for unit, pixels, strength in _all_excited(room, units, found):
                    files.write_whole(drafts / room.file(unit), _webp(Image.fromarray(pixels)))
                    excited[room.file(unit)] = strength
                files.write_whole(drafts / _DONE, json.dumps(excited).encode())
    return excited


def _all_excited(room: _Room, units: Sequence[int], found: Found) -> Iterator[tuple[int, Pixels, float]]:
    """Each unit with its picture; those that grey does not excite at all begin again, with clouds."""
    idle = [unit for unit, strength in zip(units, found.excited, strict=True) if strength <= 0 and room.stage]
    again = ascend(room.look, idle, replace(room.climb, contrast=CLOUDS), seed=0) if idle else None
    for position, unit in enumerate(units):
        better, place = (again, idle.index(unit)) if again and unit in idle else (found, position)
        yield unit, better.pixels[place], float(better.excited[place])


def _advance(progress: Progress, room: _Room, units: Sequence[int]) -> Callable[[], None]:
    share = len(units) / max(1, room.climb.steps)
    return lambda: progress.advance(progress.task_ids[0], share)


def _done(drafts: Path) -> dict[str, float]:
    """What an earlier run has drawn; nothing where its list is missing or damaged."""
    try:
        listed = json.loads((drafts / _DONE).read_bytes())
        return {file: float(strength) for file, strength in listed.items() if (drafts / file).is_file()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _webp(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=_QUALITY, method=6)
    return buffer.getvalue()


def _manifest(
    source: Artifact, rooms: Sequence[_Room], drafts: Path, excited: dict[str, float], effort: Effort
) -> stored.Gallery:
    names = source.metadata.class_names

    def drawn(room: _Room, unit: int) -> dict[str, object]:
        file = room.file(unit)
        return {"file": file, "digest": stored.digest((drafts / file).read_bytes()), "excited": excited[file]}

    stages = tuple(
        stored.DrawnStage(
            name=room.stage.name,
            layer=room.stage.layer,
            channels=room.stage.channels,
            size=room.climb.size,
            filters=tuple(stored.DrawnFilter.model_validate(drawn(room, u) | {"channel": u}) for u in room.units),
        )
        for room in rooms
        if room.stage
    )
    last = rooms[-1]
    return stored.Gallery(
        model_digest=source.digest,
        stages=stages,
        classes=tuple(stored.DrawnClass.model_validate(drawn(last, u) | {"label": names[u]}) for u in last.units),
        class_size=last.climb.size,
        steps=effort.steps,
        versions={name: version(name) for name in _LIBRARIES},
    )


def _publish(manifest: stored.Gallery, drafts: Path, folder: Path) -> None:
    """Moves the pictures to their place, the manifest last; what the manifest does not name goes."""
    try:
        folder.mkdir(exist_ok=True)
        kept = {drawn.file for drawn in manifest.pictures()}
        for file in kept:
            (drafts / file).replace(folder / file)
        files.write_whole(folder / stored.MANIFEST, f"{manifest.model_dump_json(indent=1)}\n".encode())
        for path in folder.glob("*.webp"):
            if path.name not in kept:
                path.unlink()
        shutil.rmtree(drafts)
    except OSError as err:
        raise ArtifactError(f"The gallery cannot be written to {folder}: {err.strerror or err}.") from err


def _key(source: Artifact, effort: Effort) -> str:
    """Another model file, or another effort, does not go on with what was drawn for this one."""
    return hashlib.sha256(f"{source.digest} {effort}".encode()).hexdigest()[:12]
