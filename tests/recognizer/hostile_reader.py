"""Reads damaged model files one after the other, for as long as libhdf5 survives them.

    python hostile_reader.py FOLDER FIRST -> {"file": "0012.h5", "outcome": "reads" | "refused" | what was raised}

A file is named before it is read. When one takes too long the system ends this process, for no Python would run.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from pathlib import Path

from recognizer.errors import ArtifactError
from recognizer.model_file import artifact
from tests.recognizer.small_model import FakeModel

# A damaged length has libhdf5 fill gigabytes with zeros before it finds that there is no such string: for 2 s, where
# nothing else runs.
LIMIT_S = 60.0
MEMORY_BYTES = 3 * 2**30


def outcome(path: Path) -> str:
    try:
        artifact.load_weights(artifact.read(path), FakeModel())
    except ArtifactError:
        return "refused"
    except BaseException as err:  # noqa: BLE001 - what else is raised is what the test asks.
        return f"{type(err).__name__}: {err}"
    return "reads"


def main(folder: Path, first: str) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for path in sorted(folder.glob("*.h5")):
        if path.name < first:
            continue
        print(json.dumps({"file": path.name}), flush=True)
        signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
        answer = outcome(path)
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(json.dumps({"file": path.name, "outcome": answer}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
