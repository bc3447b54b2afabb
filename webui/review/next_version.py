"""The way from accepted corrections to a version that answers: what each step needs, and the commands to paste.

review -> export -> train -> compare -> activate
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from recognizer import folders
from recognizer.folders import command_line
from recognizer.registry.versions import active, model_files, next_file, or_none
from webui.history.models import CorrectionKind
from webui.review import dataset
from webui.review.figures import Figures

FOLDER = "corrections"
"""Where the commands write the pictures to, and train from."""
ORIGINALS = "ORIGINAL-PICTURES"
"""Stands for what the server does not know: the folder that the active model was trained on."""


@dataclass(frozen=True)
class NextVersion:
    """What there is to make the next version of."""

    export_command: str
    needs_database_url: bool
    """Whether the export finds the answers only with the server's DATABASE_URL, which holds a password."""
    train_command: str
    file_name: str
    """Of the version that the command trains."""
    active: str
    """The stem of the active version; empty where there is none."""
    candidate: str
    """The stem of the newest version after the active one; empty where there is none."""


def next_version(accepted: Figures) -> NextVersion:
    """The next version, by what has been accepted and by the model files that there are now."""
    folder = settings.ENVIRONMENT.models
    now = or_none(active, folder)
    files = _files(folder)
    later = files[files.index(now) + 1 :] if now in files else files
    return NextVersion(
        export_command=_on_this_data(command_line("menagerie", "manage", "export_dataset", FOLDER)),
        needs_database_url=settings.ENVIRONMENT.database_url is not None,
        train_command=train_command(_corrections(accepted)),
        file_name=next_file(folder).name,
        active=now.stem if now else "",
        candidate=later[-1].stem if later else "",
    )


def train_command(options: tuple[str, ...] = ()) -> str:
    """The command that trains the next version, on the original pictures and on what the options name."""
    out = next_file(settings.ENVIRONMENT.models)
    shown = out.relative_to(Path.cwd()) if out.is_relative_to(Path.cwd()) else out
    return command_line("training", "fit", "--data", ORIGINALS, *options, "--out", shown)


def _on_this_data(command: str) -> str:
    """A command that finds this server's data folder, whatever the terminal's own settings say."""
    folder = settings.ENVIRONMENT.data.absolute()
    return command if folder == folders.data() else f"env MENAGERIE_DATA={shlex.quote(str(folder))} {command}"


def _corrections(accepted: Figures) -> tuple[str, ...]:
    """The options by which training takes the exported pictures: of folders that there will be, with enough in them."""
    unknown = sum(number for what, number in accepted.accepted if what.kind == CorrectionKind.NONE)
    classes = ("--data", f"{FOLDER}/{dataset.CLASSES}") if accepted.total > unknown else ()
    enough = ("--unknown", f"{FOLDER}/{dataset.UNKNOWN}") if unknown >= dataset.ENOUGH_UNKNOWN else ()
    return (*classes, *enough)


def _files(folder: Path) -> list[Path]:
    try:
        return model_files(folder)
    except OSError:
        return []
