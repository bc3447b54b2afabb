"""Static files with a digest in their names and compressed beside: browsers keep them, and get changed ones at once.

    the first start -> collected, hashed and compressed into a folder of the user's cache, named by what they contain
    a page          -> {% static %} -> the name with the digest; the plain one where nothing was collected

Tests and `runserver` collect nothing, and serve the files from where they lie.
"""

from __future__ import annotations

import hashlib
import logging
from importlib.metadata import version
from pathlib import Path

from django.contrib.staticfiles.storage import staticfiles_storage
from filelock import FileLock, Timeout
from whitenoise.storage import CompressedManifestStaticFilesStorage

from recognizer import folders

HASHED = "webui.config.static_files.HashedFiles"
PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"

_FILES = Path(__file__).parents[1] / "static"
_DONE = "collected"
_LOCK_TIMEOUT_S = 60

_log = logging.getLogger("webui")


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names with digests where they were collected, else plain names; in the imports of scripts, too."""

    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        """The name that a page links to."""
        return str(self.hashed_files.get(self.hash_key(self.clean_name(name))) or name)


def folder() -> Path | None:
    """Where the files of today are collected; None for a user without a cache that can be written."""
    cache = folders.cache()
    if cache is None:
        return None
    found = cache / "static" / _fingerprint()
    try:
        found.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return found


def collect(into: Path | None) -> None:
    """Collects all static files, once; several servers take turns. Where it fails, pages link to the plain names."""
    from django.core.management import call_command

    if into is None or (into / _DONE).exists():  # Nothing is written then: the folder may be another user's.
        return
    try:
        with FileLock(into.with_name(f"{into.name}.lock"), timeout=_LOCK_TIMEOUT_S):
            if not (into / _DONE).exists():
                # What a killed one has left may be half a file, which would be taken for one that is there already.
                call_command("collectstatic", interactive=False, verbosity=0, skip_checks=True, clear=True)
                (into / _DONE).touch()
    except (OSError, Timeout) as err:
        _forget_digests()
        _log.warning("Static files have no digests in their names until the next start: %s", err)


def _forget_digests() -> None:
    if isinstance(staticfiles_storage, HashedFiles):
        staticfiles_storage.hashed_files = {}


def _fingerprint() -> str:
    """Says what all files contain, Django's own among them, and what compresses them."""
    digest = hashlib.sha256(f"{version('django')} {version('whitenoise')}".encode())
    for path in sorted(path for path in _FILES.rglob("*") if path.is_file()):
        digest.update(f"\0{path.relative_to(_FILES).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
