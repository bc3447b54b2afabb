"""The models that a new one is compared with, and the network that it starts from.

the version in use, the training before -> know all classes? -> --compare FILE SEEN, on pictures that neither has seen
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recognizer.errors import MenagerieError
from recognizer.model_file import artifact
from recognizer.model_file.class_names import known_as
from recognizer.registry import versions
from webui.jobs.models import State
from webui.studio import findings, record
from webui.studio.findings import Rival
from webui.studio.models import Origin, Run

_SEEN = "seen-{}.txt"
_MOST_STEPS = 100


def of(run: Run, models: Path, class_names: Sequence[str]) -> list[Rival]:
    """The models to compare a training with: the version in use, and that of the training before.

    Args:
        run: the training.
        models: the folder of models.
        class_names: that it learns.
    """
    active, earlier = versions.or_none(versions.active, models), record.before(run)
    stems = dict.fromkeys([*([active.stem] if active else []), *([earlier.model] if earlier else [])])
    found = (
        _rival(models / f"{stem}.h5", class_names, is_active=active is not None and stem == active.stem)
        for stem in stems
    )
    return [rival for rival in found if rival is not None]


def _rival(path: Path, class_names: Sequence[str], *, is_active: bool) -> Rival | None:
    """None where its file is gone, or cannot be used."""
    try:
        known = artifact.read(path).metadata.class_names
    except (MenagerieError, OSError):
        return None
    missing = tuple(name for name in class_names if known_as(name, known) is None)
    return Rival(model=path.stem, is_active=is_active, missing=missing, knows_seen=bool(_seen(path.stem)))


def _seen(model: str) -> set[str]:
    """The pictures that a model was trained on, as far as that is known: of one that Studio made."""
    run = Run.objects.filter(model=model, job__state=State.DONE).select_related("job").first()
    if run is None or record.take_up(run) is None or (kept := record.of(run)) is None:
        return set()
    return record.digests(record.rows_of(kept), findings.TRAINED_ON)


def options(rivals: tuple[Rival, ...], models: Path, folder: Path) -> list[str]:
    """What the command is told of them; the files with what they have seen are written into the job's folder."""
    words = []
    for rival in rivals:
        path = models / f"{rival.model}.h5"
        if rival.missing or not path.is_file():
            continue
        seen = folder / _SEEN.format(rival.model)
        seen.write_text("\n".join(sorted(_seen(rival.model))))
        words += ["--compare", str(path), str(seen)]
    return words


def weights(models: Path) -> str:
    """The model whose network a training starts from: the version in use, or what that one has started from.

    A network that Studio has trained may have learned pictures by heart that are held back now.
    """
    active = versions.or_none(versions.active, models)
    stem = active.stem if active else ""
    for _ in range(_MOST_STEPS):
        earlier = _origin(stem)
        if not earlier or not (models / f"{earlier}.h5").is_file():
            break
        stem = earlier
    return stem


def _origin(model: str) -> str:
    """What a model of Studio has started from; empty where it is none, or that is not known."""
    run = Run.objects.filter(model=model).first()
    if run is None:
        kept_for_it = Origin.objects.filter(model=model).first()
        return kept_for_it.weights if kept_for_it else ""
    kept = record.of(run)
    return record.begun_of(kept).weights if kept else ""
