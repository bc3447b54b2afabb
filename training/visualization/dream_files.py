"""A dream into a folder: a picture now and then, the dream at the end, and the events that say so.

DIR/step-012.jpg, DIR/step-024.jpg ...    about ten of them
DIR/dream.jpg                             without metadata
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from recognizer import files
from recognizer.commands.events import Events
from training.errors import DreamError
from training.progress import bar
from training.visualization.dream import Moment, Plan

DREAM = "dream.jpg"
_STEP = "step-"
_PICTURES = 10
_QUALITY, _DREAM_QUALITY = 82, 92


def refuse_to_replace(photograph: Path, folder: Path) -> None:
    """Refuses a folder in which a picture of the dream would take the place of the photograph that it begins with.

    Raises:
        DreamError: it would, for the photograph is a picture of an earlier dream there.
    """
    is_ours = photograph.name == DREAM or photograph.name.startswith(_STEP)
    if is_ours and files.is_same(photograph.parent, folder):
        raise DreamError(f"{photograph} would be replaced by a picture of the dream. Choose another --out.")


def write(moments: Iterator[Moment], plan: Plan, folder: Path, events: Events) -> Path:
    """Takes a dream to its end; returns the file of the dream.

    Raises:
        OSError: nothing can be written there.
    """
    started = time.monotonic()
    every = max(1, plan.all_steps // _PICTURES)
    events.write("started", steps=plan.all_steps)
    last: Moment | None = None
    with bar("Dreaming", plan.all_steps) as progress:
        for last in moments:
            progress.advance(progress.task_ids[0])
            if last.done % every == 0 or last.done == 1:
                _keep(last.picture(), folder / f"{_STEP}{last.done:03}.jpg", events, last.done)
            seconds = round(time.monotonic() - started, 1)
            events.write(
                "step",
                done=last.done,
                steps=plan.all_steps,
                octave=last.octave,
                octaves=plan.octaves,
                share=round(last.share, 4),
                seconds=seconds,
            )
    if last is None:
        raise ValueError(f"Expected at least one step. Received: steps={plan.all_steps}")
    picture = last.picture()
    files.write_whole(folder / DREAM, _jpeg(picture, _DREAM_QUALITY))
    seconds = round(time.monotonic() - started, 1)
    events.write("done", file=DREAM, width=picture.width, height=picture.height, seconds=seconds)
    return folder / DREAM


def _keep(picture: Image.Image, path: Path, events: Events, done: int) -> None:
    files.write_whole(path, _jpeg(picture, _QUALITY))
    events.write("picture", done=done, file=path.name, width=picture.width, height=picture.height)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
