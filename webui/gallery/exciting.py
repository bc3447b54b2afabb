"""The pictures of somebody's own history that excite each filter most, by the model that answers.

newest answers -> strengths that this process knows already | as many more as one request may compute -> the best

The strengths are those of `explain/workbench.py`: nothing is stored, and what one page computed serves the other.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest

from recognizer import ImageError, Recognizer
from recognizer.explain.feature_maps import Layers
from recognizer.explain.gallery import Gallery
from recognizer.preprocessing import resize_and_crop
from webui import services
from webui.accounts import rate_limits
from webui.accounts.identity import identify
from webui.explain.workbench import Strengths, Workbench
from webui.history import pictures
from webui.history.models import Answer
from webui.inference import client_watch
from webui.inference.admission import Load, Turn, Weight

MOST = 60
"""Pictures that are looked through: the newest."""
EACH = 3
"""Pictures for each filter."""
_SECONDS = 10.0
"""That one request may compute; others are for the next."""


@dataclass(frozen=True)
class Exciting:
    """Whose pictures excite what."""

    by_file: Mapping[str, list[uuid.UUID]]
    """Of the gallery: the answers whose pictures excite it most, the most first."""
    looked_through: int
    count: int

    @property
    def is_done(self) -> bool:
        """Whether all have been looked through."""
        return self.looked_through >= self.count


def exciting(request: HttpRequest, gallery: Gallery) -> Exciting | None:
    """The pictures of the caller's own history for each picture of the gallery of the model that answers.

    None where the model that answers is another one, or cannot be looked into.

    Raises:
        MenagerieError: there is no slot, no model, or the client had too many.
    """
    own = Answer.objects.belonging_to(identify(request)).filter(picture_bytes__gt=0).order_by("-created", "-id")
    answers = list(own[:MOST])
    rate_limits.admit(request)
    shared = services.current()
    with shared.admission.slot(gone=client_watch.gone(request.META), weight=Weight.MEDIUM) as turn:
        recognizer = shared.model.recognizer()
        layers = shared.workbench.layers(recognizer)
        if layers is None or recognizer.artifact.digest != gallery.model_digest:
            return None
        found, gone, computed = _strengths(shared.workbench, recognizer, layers, [a.id for a in answers], turn)
    rate_limits.count_others(request, computed)
    by_file = {**_of_filters(gallery, layers, found), **_of_classes(gallery, answers)}
    return Exciting(by_file, len(found), len(answers) - gone)


def _strengths(
    workbench: Workbench, recognizer: Recognizer, layers: Layers, answer_ids: list[uuid.UUID], turn: Turn
) -> tuple[dict[uuid.UUID, Strengths], int, int]:
    """The strengths of some pictures, how many are gone, and how many went through the network for it."""
    found, gone, computed = dict[uuid.UUID, Strengths](), 0, 0
    until = time.monotonic() + _SECONDS
    for answer_id in answer_ids:
        key = (recognizer.artifact.digest, answer_id)
        known = workbench.strengths.get(key)
        if known is None:
            if time.monotonic() > until:
                continue
            turn.next(Load(Weight.MEDIUM))
            known = _computed(recognizer, layers, answer_id)
            computed += 1
            if known is None:
                gone += 1
                continue
            workbench.strengths.put(key, known)
        found[answer_id] = known
    return found, gone, computed


def _computed(recognizer: Recognizer, layers: Layers, answer_id: uuid.UUID) -> Strengths | None:
    data = pictures.read(answer_id)
    try:
        picture = None if data is None else recognizer.decode(data)
    except ImageError:  # Damaged on the disk.
        return None
    if picture is None:
        return None
    return layers.strengths(resize_and_crop(picture.rgb, recognizer.metadata.preprocessing)[None])


def _of_filters(gallery: Gallery, layers: Layers, found: Mapping[uuid.UUID, Strengths]) -> dict[str, list[uuid.UUID]]:
    best: dict[str, list[uuid.UUID]] = {}
    for stage in gallery.stages:
        if stage.layer not in layers.names:
            continue
        at = layers.names.index(stage.layer)
        for drawn in stage.filters:
            here = {answer_id: each[at] for answer_id, each in found.items() if drawn.channel < len(each[at])}
            excited = {answer_id: float(strengths[drawn.channel]) for answer_id, strengths in here.items()}
            ranked = sorted((answer_id for answer_id in excited if excited[answer_id] > 0), key=lambda a: -excited[a])
            best[drawn.file] = ranked[:EACH]
    return best


def _of_classes(gallery: Gallery, answers: list[Answer]) -> dict[str, list[uuid.UUID]]:
    """Of a class, those that were given the highest scores for it when they were answered."""
    best: dict[str, list[uuid.UUID]] = {}
    for drawn in gallery.classes:
        scores = {a.id: a.score for a in answers if a.known and a.label == drawn.label}
        best[drawn.file] = sorted(scores, key=lambda answer_id: -scores[answer_id])[:EACH]
    return best
