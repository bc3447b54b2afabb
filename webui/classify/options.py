"""The options of a request beside its pictures: each is declared here, read from the address or from JSON."""

from __future__ import annotations

from collections.abc import Mapping

from webui.api.parameters import flag, whole_number
from webui.inference.classify import Asked

TOP_K = whole_number("top_k", "Lists so many classes for each picture; else all of them.", default=None, example=2)
HEATMAP = flag("heatmap", "Adds to each answer what the model looked at.", default=False)
EMBEDDING = flag("embedding", "Adds to each answer the vector that the network judges the picture by.", default=False)
THUMBNAIL = flag(
    "thumbnail", "Adds to each answer a JPEG of at most 320 pixels a side, as a `data:` address.", default=False
)
KEEP = flag("keep", "Whether the history keeps the answers, where the server has one.", default=True)
OPTIONS = (TOP_K, HEATMAP, EMBEDDING, THUMBNAIL, KEEP)


def read(given: Mapping[str, str]) -> Asked:
    """What is wanted, but for the pictures.

    Raises:
        InvalidRequest: an option has a value that it cannot have.
    """
    return Asked(
        [],
        heatmaps=HEATMAP.read(given),
        embeddings=EMBEDDING.read(given),
        thumbnails=THUMBNAIL.read(given),
        keep=KEEP.read(given),
        top_k=TOP_K.read(given),
    )
