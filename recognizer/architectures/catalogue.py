"""The catalogue of architectures by name."""

from __future__ import annotations

from recognizer.architectures.architecture import Architecture
from recognizer.architectures.keras_applications import KERAS_APPLICATIONS
from recognizer.architectures.resnets import RESNETS
from recognizer.architectures.small import SMALL
from recognizer.errors import ArtifactError

ARCHITECTURES = {architecture.name: architecture for architecture in (*RESNETS, *KERAS_APPLICATIONS, *SMALL)}


def get(name: str) -> Architecture:
    """The architecture called `name`.

    Raises:
        ArtifactError: no architecture has this name.
    """
    try:
        return ARCHITECTURES[name]
    except KeyError:
        known = ", ".join(ARCHITECTURES)
        raise ArtifactError(f"Expected an architecture out of: {known}. Received: architecture={name!r}") from None
