"""What a model was made of: which pictures, how they differ from those before, which programs; and the same line again.

Begun, model file -> MadeOf, for the page;  Begun -> what to type
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from recognizer.folders import command_line
from recognizer.registry import versions
from webui.history.sorted_zip import safe
from webui.jobs.models import State
from webui.studio import dataset, project_zip, result_words, training
from webui.studio.command import LEAST_OTHER
from webui.studio.findings import Begun, Findings
from webui.studio.models import Run
from webui.versions import listing

_PACKAGES = ("tensorflow", "keras")


@dataclass(frozen=True)
class MadeOf:
    """What the page says of how a model came to be."""

    changes: str = ""
    """How the pictures differ from those of the training before."""
    renamed: tuple[tuple[str, str], ...] = ()
    """Classes with characters that a folder cannot have everywhere, and what their folders are called."""
    digest: str = ""
    """Of the pictures with their classes, as the model file says it."""
    seed: int | None = None
    programs: str = ""
    """Versions: Python 3.12.1, tensorflow 2.21."""


def told(run: Run, begun: Begun, found: Findings | None) -> MadeOf:
    """What the page of a training says of how its model came to be."""
    changes = result_words.changes(begun.changes, found) if begun.changes else ""
    renamed = tuple((name, safe(name)) for name in begun.classes if safe(name) != name)
    version = listing.find(run.model) if run.job.state == State.DONE else None
    if version is None or version.metadata is None:
        return MadeOf(changes, renamed)
    origin = version.metadata.origin
    packages = origin.packages or {}
    programs = [f"{name} {packages[name]}" for name in _PACKAGES if name in packages]
    return MadeOf(
        changes,
        renamed,
        (origin.data and origin.data.digest) or "",
        origin.recipe.seed if origin.recipe else None,
        ", ".join([*([f"Python {origin.python}"] if origin.python else []), *programs]),
    )


def command(run: Run, begun: Begun) -> str:
    """The line that trains the same model, once the pictures are unpacked."""
    project, names, has_others = safe(run.project.name), begun.classes, begun.others >= LEAST_OTHER
    if not names:  # It has not begun yet.
        names = tuple(each.name for each in run.project.classes.all() if not each.is_other)
        has_others = training.learns_from_others(run.project)
    words = ["training", "fit", "--data", f"{project}/{dataset.CLASSES}"]
    if has_others:
        words += ["--unknown", f"{project}/{dataset.other_folder(map(safe, names))}"]
    words += ["--recipe", run.recipe]
    if begun.keeps_split:
        words += ["--keep-split", f"{project}/{project_zip.TABLE}"]
    active = versions.or_none(versions.active, settings.ENVIRONMENT.models)
    if begun.weights and (active is None or active.stem != begun.weights):  # Else `fit` does so by itself.
        words += ["--set", f"weights=models/{begun.weights}.h5"]
    return command_line(*words)
