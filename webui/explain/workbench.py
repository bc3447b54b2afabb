"""What a process keeps of the pictures that are looked into, and how it gets more: in a slot, as everything else.

    opened(request, subject) -> rate limit -> a slot -> Bench: the picture decoded, looks at it, its layers
    a movement of the square -> the decoded picture is there already

What was made with one model is never taken for what another one makes.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.http import HttpRequest

from recognizer import Recognizer
from recognizer.engines.openvino import OpenVINOEngine
from recognizer.engines.second_look import Looks
from recognizer.errors import ArtifactError
from recognizer.explain import known_pictures
from recognizer.explain.feature_maps import Layer, Layers
from recognizer.explain.known_pictures import KnownPictures
from recognizer.explain.neighbours import Packed
from recognizer.images.decode import Picture
from recognizer.preprocessing import resize_and_crop
from webui import services
from webui.accounts import rate_limits
from webui.explain.recent import Recent
from webui.explain.subject import Subject
from webui.inference import client_watch
from webui.inference.admission import Load, Turn, Weight
from webui.problems import NotFound

# A decoded picture has at most 0.8 MB, looks at it have 0.8, its layers 1.2; an embedding 4 kB, the strengths 30 kB.
_PICTURES, _LAYERED = 8, 4
_EMBEDDINGS, _STRENGTHS = 2000, 200

_logger = logging.getLogger(__name__)

Strengths = tuple[npt.NDArray[np.float16], ...]
Signature = tuple[str, int, int]
"""Of a file of known pictures: model, time and size."""
Digest = str
"""Of the model that made something."""


class Workbench:
    """What one process keeps. Thread-safe."""

    def __init__(self) -> None:
        self.pictures: Recent[tuple[str, int], Picture] = Recent(_PICTURES)
        """By subject and the short side that the model needs."""
        self.looks: Recent[tuple[Digest, str], Looks] = Recent(_PICTURES)
        self.layered: Recent[tuple[Digest, str], tuple[Layer, ...]] = Recent(_LAYERED)
        self.embeddings: Recent[tuple[Digest, uuid.UUID], Packed] = Recent(_EMBEDDINGS)
        """By answer, as `packed` gives them."""
        self.strengths: Recent[tuple[Digest, uuid.UUID], Strengths] = Recent(_STRENGTHS)
        """By answer: how strong each unit of each layer is."""
        self._known: Recent[Signature, KnownPictures] = Recent(1)
        self._lock = threading.Lock()
        self._digest: Digest = ""
        self._layers: Layers | None = None

    def layers(self, recognizer: Recognizer) -> Layers | None:
        """The layers of the model that answers; None where they cannot be shown."""
        with self._lock:
            if self._digest != recognizer.artifact.digest:
                for recent in (self.looks, self.layered, self.embeddings, self.strengths):
                    recent.clear()  # Nobody asks for what another model made.
                self._layers = _layers(recognizer)
                self._digest = recognizer.artifact.digest
            return self._layers

    def known_pictures(self, recognizer: Recognizer) -> KnownPictures | None:
        """The known pictures of the model that answers; None where the owner keeps none on the server."""
        folder = settings.ENVIRONMENT.training_pictures
        digest = recognizer.artifact.digest
        if folder is None:
            return None
        try:
            stat = known_pictures.path_of(folder, digest).stat()
        except OSError:
            return None
        signature = (digest, stat.st_mtime_ns, stat.st_size)
        known = self._known.get(signature)
        if known is not None:
            return known
        try:
            found = known_pictures.read(folder, digest)
        except ArtifactError as err:
            _logger.error("%s", err)  # noqa: TRY400 - it says it all.
            return None
        return None if found is None else self._known.put(signature, found)


def _layers(recognizer: Recognizer) -> Layers | None:
    if not isinstance(recognizer.engine, OpenVINOEngine):
        return None
    try:
        return Layers(recognizer.engine.graph, threads=settings.ENVIRONMENT.threads)
    except ArtifactError:
        return None


@dataclass(frozen=True)
class Bench:
    """One picture in its slot."""

    workbench: Workbench
    recognizer: Recognizer
    subject: Subject
    turn: Turn
    picture: Picture

    def looks(self) -> Looks:
        """What the network makes of the picture, as when it is answered."""
        return self.workbench.looks.get_or_make(self._key, lambda: self.recognizer.look([self.picture]))

    def layers(self) -> tuple[Layer, ...] | None:
        """What each layer makes of the picture; None where the model cannot be looked into."""
        layers = self.workbench.layers(self.recognizer)
        if layers is None:
            return None
        return self.workbench.layered.get_or_make(self._key, lambda: layers.of(self._pixels(self.picture)))

    def strengths(self, answer_id: uuid.UUID, data: bytes) -> Strengths | None:
        """How strong each unit is for another picture of the history, whose file this is."""
        layers = self.workbench.layers(self.recognizer)
        if layers is None:
            return None
        return self.workbench.strengths.get_or_make(
            (self.recognizer.artifact.digest, answer_id),
            lambda: layers.strengths(self._pixels(self.recognizer.decode(data))),
        )

    def strengths_known(self, answer_id: uuid.UUID) -> Strengths | None:
        """The same, where this process has computed them already."""
        return self.workbench.strengths.get((self.recognizer.artifact.digest, answer_id))

    def embedding_known(self, answer_id: uuid.UUID) -> Packed | None:
        """The embedding of another picture, where this process has computed it already."""
        return self.workbench.embeddings.get((self.recognizer.artifact.digest, answer_id))

    def keep_embedding(self, answer_id: uuid.UUID, vector: Packed) -> Packed:
        """Keeps the embedding of another picture."""
        return self.workbench.embeddings.put((self.recognizer.artifact.digest, answer_id), vector)

    def give_way(self) -> None:
        """Lets others go first who wait, between the pictures of one request."""
        self.turn.next(Load(Weight.MEDIUM))

    @property
    def _key(self) -> tuple[Digest, str]:
        return self.recognizer.artifact.digest, self.subject.key

    def _pixels(self, picture: Picture) -> npt.NDArray[np.uint8]:
        return resize_and_crop(picture.rgb, self.recognizer.metadata.preprocessing)[None]


@contextmanager
def opened(
    request: HttpRequest, subject: Subject, *, weight: Weight = Weight.LIGHT, counts: bool = True
) -> Iterator[Bench]:
    """Holds a slot with the picture in it.

    Args:
        request: whose client waits.
        subject: what is looked into.
        weight: how much it will cost.
        counts: whether it counts against the rate limit.

    Raises:
        MenagerieError: there is no slot, no model, or the client had too many.
        NotFound: the picture is gone.
    """
    if counts:
        rate_limits.admit(request)
    shared = services.current()
    with shared.admission.slot(gone=client_watch.gone(request.META), weight=weight) as turn:
        recognizer = shared.model.recognizer()
        bench = shared.workbench
        key = (subject.key, recognizer.metadata.preprocessing.resized_short_side)
        picture = bench.pictures.get_or_make(key, lambda: _decoded(subject, recognizer))
        yield Bench(bench, recognizer, subject, turn, picture)


def _decoded(subject: Subject, recognizer: Recognizer) -> Picture:
    data = subject.read()
    if data is None:
        raise NotFound("The picture is no longer there.")
    return recognizer.decode(data)
