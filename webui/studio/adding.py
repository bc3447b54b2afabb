"""Adds pictures to a class: each is decoded, so that nothing is kept that could not be trained on.

uploads -> room? -> decode, when it is their turn -> digest: there already? -> file, thumbnail, row -> signs
                                                  -> when it was taken, for groups.py; nothing else of its EXIF
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from enum import Enum

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Sum

from recognizer.errors import ImageError
from recognizer.images import capture_time, decode, near_copies
from webui.inference.admission import Load, Turn, weigh
from webui.inference.uploads import Upload
from webui.studio import store
from webui.studio.models import MAX_FILE_NAME, MAX_FOLDER, Picture, PictureClass
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
        TooBusy, ClientGone: see `Turn.next`.
    """
    inside = _folder(folder)
    added, room, arrivals = Added(), _room(), Arrivals(target.project_id)
    for upload in uploads:
        try:
            outcome = _add_one(upload, target, turn, room, arrivals, inside)
        except ImageError as err:
            added.passed.append(Passed(upload.filename or "", err))
            continue
        if isinstance(outcome, Passed):
            added.passed.append(outcome)
        else:
            added.pictures.append(outcome)
            room -= outcome.bytes
    return added


def _folder(sent: str) -> str:
    """A folder's name as it is kept: one spelling, of what can be read."""
    text = unicodedata.normalize("NFC", sent)
    return "".join(letter for letter in text if letter.isprintable())[:MAX_FOLDER].strip()


def _add_one(
    upload: Upload, target: PictureClass, turn: Turn, room: int, arrivals: Arrivals, folder: str
) -> Picture | Passed:
    data, name = upload.content(), (upload.filename or "")[:MAX_FILE_NAME]
    digest = hashlib.sha256(data).hexdigest()
    if twin := _twin(target, digest, name):
        return twin
    if len(data) > room:
        return Passed(name, Refusal.FULL)
    cost = decode.cost(data, needed_short_side=store.THUMBNAIL_SIDE)
    turn.next(Load(max(weigh(cost.cpu_s, cost.memory_bytes), turn.load.weight), cost.memory_bytes))
    picture = decode.decode(data, needed_short_side=store.THUMBNAIL_SIDE)
    if min(picture.width, picture.height) < LEAST_SIDE:
        return Passed(name, Refusal.SMALL)
    size, taken = store.write(target.project_id, digest, data, picture.rgb), capture_time.taken(data)
    try:
        with transaction.atomic():
            made = Picture.objects.create(
                project_id=target.project_id,
                picture_class=target,
                digest=digest,
                name=name,
                width=picture.width,
                height=picture.height,
                bytes=size,
                fingerprint=near_copies.fingerprint(picture.rgb),
                folder=folder,
                taken=taken and taken.replace(tzinfo=UTC),
            )
            arrivals.look(made, picture.rgb)
    except IntegrityError:  # Sent twice at the same time; the file is the other's as well.
        return _twin(target, digest, name) or Passed(name, Refusal.HERE, str(target))
    return made


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
