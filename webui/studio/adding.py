"""Adds pictures to a class: each is decoded, so that nothing is kept that could not be trained on.

uploads -> room? -> decode, when it is their turn -> digest: there already? -> row, file, thumbnail -> signs
                                                  -> when it was taken, for groups.py; nothing else of its EXIF
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from enum import Enum
from functools import partial

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Sum
from PIL import Image

from recognizer.errors import ImageError
from recognizer.images import capture_time, decode, near_copies
from recognizer.images.decoding_limits import Cost
from webui.inference.admission import Turn
from webui.inference.uploads import Upload, loads_of
from webui.studio import removal, store
from webui.studio.models import MAX_FILE_NAME, MAX_FOLDER, Picture, PictureClass, Project
from webui.studio.signs import Arrivals

LEAST_SIDE = 32
"""Of a picture's short side, in pixels: there is nothing to be seen in fewer."""


class Refusal(Enum):
    """Why a picture was not added, where it can be read."""

    HERE = "here"
    """The same file is in this class already."""
    ELSEWHERE = "elsewhere"
    """The same file is in another class."""
    SMALL = "small"
    GONE = "gone"
    """Its class was deleted while it arrived."""
    FULL = "full"
    """All projects together have as much as they may."""


@dataclass(frozen=True)
class Passed:
    """A picture that was not added."""

    name: str
    why: Refusal | ImageError
    where: str = ""
    """The other class, where it is in another."""


@dataclass
class Added:
    """What became of some pictures."""

    pictures: list[Picture] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)


def add(uploads: Sequence[Upload], target: PictureClass, turn: Turn, *, folder: str = "") -> Added:
    """Adds pictures to a class, one after the other; one that cannot be used does not hurt the others.

    Args:
        uploads: the pictures.
        target: their class.
        turn: of the request; decoding takes memory and time.
        folder: inside that of their class, in which they were; any text.

    Raises:
        OSError: a file cannot be written; those before it are there.
        TooBusy: there is no room for what all of them will cost; none has been added.
        ClientGone: see `Turn.next`.
    """
    inside = _folder(folder)
    added, room, arrivals = Added(), _room(), Arrivals(target.project_id)
    loads = loads_of(uploads, _cost, turn)
    for upload, load in zip(uploads, loads, strict=True):
        try:
            outcome = _add_one(upload, target, partial(turn.next, load), room, arrivals, inside)
        except ImageError as err:
            added.passed.append(Passed(upload.filename or "", err))
            continue
        if isinstance(outcome, Passed):
            added.passed.append(outcome)
        else:
            added.pictures.append(outcome)
            room -= outcome.bytes
    return added


def _cost(data: bytes) -> Cost:
    return decode.cost(data, needed_short_side=store.THUMBNAIL_SIDE)


def _folder(sent: str) -> str:
    """A folder's name as it is kept: one spelling, of what can be read."""
    text = unicodedata.normalize("NFC", sent)
    return "".join(letter for letter in text if letter.isprintable())[:MAX_FOLDER].strip()


def _add_one(
    upload: Upload, target: PictureClass, wait: Callable[[], None], room: int, arrivals: Arrivals, folder: str
) -> Picture | Passed:
    data, name = upload.content(), (upload.filename or "")[:MAX_FILE_NAME]
    digest = hashlib.sha256(data).hexdigest()
    twin = _twin(target, digest, name)
    if twin and store.path_of(target.project_id, digest).is_file():
        return twin
    if not twin and len(data) > room:
        return Passed(name, Refusal.FULL)
    wait()
    picture = decode.decode(data, needed_short_side=store.THUMBNAIL_SIDE)
    if min(picture.width, picture.height) < LEAST_SIDE:
        return Passed(name, Refusal.SMALL)
    if twin:  # Its file has been lost, and is here again.
        store.write(target.project_id, digest, data, picture.rgb)
        return twin
    taken = capture_time.taken(data)
    row = Picture(
        project_id=target.project_id,
        picture_class=target,
        digest=digest,
        name=name,
        width=picture.width,
        height=picture.height,
        bytes=0,
        fingerprint=near_copies.fingerprint(picture.rgb),
        folder=folder,
        taken=taken and taken.replace(tzinfo=UTC),
    )
    return _kept(row, data, picture.rgb, arrivals)


def _kept(row: Picture, data: bytes, rgb: Image.Image, arrivals: Arrivals) -> Picture | Passed:
    """A picture with its row, its files and its signs, or nothing of it."""
    try:
        with transaction.atomic():
            Project.lock(row.project_id)
            row.save()
            row.bytes = store.write(row.project_id, row.digest, data, rgb)
            row.save(update_fields=["bytes"])
            arrivals.look(row, rgb)
    except IntegrityError:
        if twin := _twin(row.picture_class, row.digest, row.name):  # Sent twice at once; its files are the same.
            return twin
        removal.remove_files(row.project_id, [row.digest])
        return Passed(row.name, Refusal.GONE)
    return row


def _twin(target: PictureClass, digest: str, name: str) -> Passed | None:
    """Where the same file is already; None: nowhere in this project."""
    twin = Picture.objects.filter(project=target.project_id, digest=digest).select_related("picture_class").first()
    if twin is None:
        return None
    here = twin.picture_class_id == target.id
    return Passed(name, Refusal.HERE if here else Refusal.ELSEWHERE, str(twin.picture_class))


def _room() -> int:
    """Bytes that may still be added to all projects together."""
    taken = Picture.objects.aggregate(Sum("bytes"))["bytes__sum"] or 0
    return max(0, settings.ENVIRONMENT.studio_gb * 10**9 - taken)
