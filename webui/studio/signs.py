"""Looks at pictures as they arrive for signs that something may be wrong with them.

decoded picture -> blurred? small? -> fingerprint -> hopeful ones of the project -> small copies -> nearly the same?
"""

from __future__ import annotations

import io
import uuid
from functools import cached_property

import numpy as np
from PIL import Image

from recognizer.images import near_copies, sharpness
from webui.studio import store
from webui.studio.models import Picture, Sign, SignKind

SMALL_SIDE = 112
"""Of a picture's short side, in pixels: half of the 224 that our networks look at. What has less is enlarged more than
twice, so that each number that the network sees was a quarter of a pixel or less."""
_MOST_COMPARED = 5
"""Of the pictures with a fingerprint like that of a new one."""


class Arrivals:
    """The signs of pictures that are added to a project one after the other."""

    def __init__(self, project: uuid.UUID) -> None:
        self._project = project

    def look(self, picture: Picture, rgb: Image.Image) -> None:
        """Keeps the signs of a picture that was just added.

        Args:
            picture: its row, with its fingerprint.
            rgb: what was decoded of it.
        """
        found = []
        if min(picture.width, picture.height) < SMALL_SIDE:
            found.append(Sign(picture=picture, kind=SignKind.SMALL))
        if sharpness.is_blurred(rgb):
            found.append(Sign(picture=picture, kind=SignKind.BLURRED))
        if (other := self._near_copy(picture, rgb)) is not None:
            found.append(Sign(picture=picture, kind=SignKind.COPY, other_id=other))
        if found:
            Sign.objects.bulk_create(found)

    def _near_copy(self, picture: Picture, rgb: Image.Image) -> int | None:
        """The picture that one is nearly the same as, one of another class first; None where there is none."""
        if picture.fingerprint is None:
            return None
        self._known.pop(picture.pk, None)
        numbers, marks = list(self._known), [mark for mark, _ in self._known.values()]
        hopeful = [numbers[at] for at in near_copies.hopeful(picture.fingerprint, np.array(marks, np.int64))]
        hopeful.sort(key=lambda pk: self._known[pk][1] == picture.picture_class_id)
        self._known[picture.pk] = picture.fingerprint, picture.picture_class_id
        some = Picture.objects.in_bulk(hopeful[:_MOST_COMPARED]) if hopeful else {}
        return next((pk for pk in hopeful if pk in some and self._is_copy(rgb, some[pk])), None)

    @cached_property
    def _known(self) -> dict[int, tuple[int, int]]:
        """Fingerprint and class of each picture that has one, by its number; the oldest first."""
        there = Picture.objects.filter(project=self._project, fingerprint__isnull=False)
        rows = there.order_by("id").values_list("id", "fingerprint", "picture_class")
        return {pk: (mark, place) for pk, mark, place in rows if mark is not None}

    def _is_copy(self, rgb: Image.Image, other: Picture) -> bool:
        data = store.thumbnail(self._project, other.digest)
        if data is None:
            return False
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as small:
            return near_copies.is_near_copy(rgb, small.convert("RGB"))
