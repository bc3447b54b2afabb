"""Gives an installed package its first model: the one that came with it is put into the models folder."""

from __future__ import annotations

import logging
import shutil
import tempfile
from pathlib import Path

from filelock import FileLock

from recognizer import folders
from recognizer.registry.versions import ACTIVE, MODELS_DIR, model_files

_logger = logging.getLogger(__name__)
_LOCK_TIMEOUT_S = 60.0


def unpack(models_dir: Path = MODELS_DIR) -> None:
    """Puts the shipped model into a models folder that has none yet; in a checkout it is there already.

    Where that cannot be, it is logged; whoever needs a model then says that there is none.
    """
    if folders.CHECKOUT or _has_models(models_dir):
        return
    try:
        models_dir.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # People's pictures will lie there too.
        models_dir.mkdir(exist_ok=True)
        # As an activation does, so that neither is half done when the other begins.
        with FileLock(models_dir / ".lock", timeout=_LOCK_TIMEOUT_S, mode=0o666):
            if not _has_models(models_dir):
                _copy(models_dir)
                _logger.info("The model that came with Menagerie is in %s now.", models_dir)
    except OSError as err:
        _logger.warning("The model that came with Menagerie cannot be put into %s: %s", models_dir, err)


def _has_models(models_dir: Path) -> bool:
    return models_dir.is_dir() and ((models_dir / ACTIVE).exists() or bool(model_files(models_dir)))


def _copy(models_dir: Path) -> None:
    """Each file whole or not at all, and the one that names the model last."""
    with tempfile.TemporaryDirectory(dir=models_dir, prefix=".shipped-") as drafts:
        shutil.copytree(folders.SHIPPED, drafts, dirs_exist_ok=True)
        for draft in sorted(Path(drafts).iterdir(), key=lambda path: path.name == ACTIVE):
            draft.replace(models_dir / draft.name)
