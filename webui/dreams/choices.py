"""What can be dreamt of with the model that answers: its stages, by what they see, and its classes."""

from __future__ import annotations

from dataclasses import dataclass

from recognizer import architectures
from recognizer.explain import gallery
from recognizer.model_file.artifact import Artifact
from webui.wording import class_name, stage_name

_STAGE, _CLASS = "stage:", "class:"


@dataclass(frozen=True)
class Choice:
    """Something that can be dreamt of."""

    value: str
    """As the form sends it."""
    text: str
    stage: str = ""
    label: str = ""


def stages(source: Artifact) -> list[Choice]:
    """The stages of the network, from the input up."""
    names = stage_names(source)
    return [Choice(f"{_STAGE}{name}", stage_name(place, len(names)), stage=name) for place, name in enumerate(names)]


def classes(source: Artifact) -> list[Choice]:
    """The classes of the model, by their number: a name could be anything."""
    names = source.metadata.class_names
    return [Choice(f"{_CLASS}{place}", class_name(name), label=name) for place, name in enumerate(names)]


def stage_names(source: Artifact) -> list[str]:
    """Names of the stages: those of the gallery, where there is one; else those that the architecture names."""
    drawn = gallery.read(source.path, source.digest)
    if drawn is not None:
        return [stage.name for stage in drawn.stages]
    known = architectures.ARCHITECTURES.get(source.metadata.architecture)
    return [stage for stage in known.stages if stage != architectures.EMBEDDING_LAYER] if known else []
