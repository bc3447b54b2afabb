"""`python -m benchmarks.fuzz`: sends what Schemathesis makes of the OpenAPI document to a server of its own.

a copy of the models, a new data folder -> server -> Schemathesis without a key, and with one that may everything,
                                                     which deletes last
    -> answers with 5xx, answers that the document does not have: exit code 1
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import load, pictures, servers
from benchmarks.servers import ROOT, Server

CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance"),
    *("response_schema_conformance", "unsupported_method", "allow_header_conformance", "ignored_auth"),
)
_SEED = 20261129
_DELETING = "^delete_"
# An account, its key, and what has the ids that are the examples everywhere: an answer, a batch, a project.
_PREPARE = """
from tests.webui.batches.factories import make_batch
from tests.webui.factories import make_answer
from tests.webui.studio.factories import make_example_project
from webui.accounts.models import ApiKey, Scope, User
from webui.history.api import ANSWER
user = User.objects.create_superuser("fuzz")
make_answer(user=user, id=ANSWER.example)
make_batch(user=user, id=ANSWER.example, state="done")
make_example_project(user)
print(ApiKey.make(user, "fuzz", list(Scope))[1])
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs Schemathesis three times; the exit code is 1 where it found something."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=20, help="at most, of an operation (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=_SEED, help="of the generator (default: %(default)s)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        return _fuzz(Path(folder), options.examples, options.seed)


def _fuzz(folder: Path, examples: int, seed: int) -> int:
    models = Path(shutil.copytree(ROOT / "models", folder / "models"))
    jpeg = pictures.jpegs(pictures.SMALL, Path("var/bench/pictures"))[0]
    # No limit for one client, or most answers would be 429; jobs wait, for what becomes of them is not the question.
    environment = {"MENAGERIE_MODELS": str(models), "MENAGERIE_RATE": "0", "MENAGERIE_WORKER": "0"}
    with servers.menagerie(load.http_request(jpeg, path="/api/v1/classify"), folder / "log", environment) as server:
        token = _token(environment | {"MENAGERIE_DATA": str(folder / "data")})
        key = ["--header", f"Authorization: Bearer {token}"]
        # What is there is deleted last.
        keep, delete = ("--exclude-operation-id-regex", _DELETING), ("--include-operation-id-regex", _DELETING)
        parts: tuple[list[str], ...] = ([], [*key, *keep], [*key, *delete])
        found = [_run(server, folder, examples, seed, options) for options in parts]
        faults = [line for line in (folder / "log").read_text(errors="replace").splitlines() if "Traceback" in line]
    print(f"{sum(cases for _, cases in found)} cases in all; {len(faults)} tracebacks in the log of the server.")
    return int(bool(faults) or any(code for code, _ in found))


def _token(environment: dict[str, str]) -> str:
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", _PREPARE]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout.split()[-1]


def _run(server: Server, folder: Path, examples: int, seed: int, more: list[str]) -> tuple[int, int]:
    """The exit code of Schemathesis, and how many cases it sent."""
    address = f"http://127.0.0.1:{server.port}/api/openapi.json"
    report = folder / "report.json"
    options = ["--phases", "examples,coverage,fuzzing", "--checks", ",".join(CHECKS), "--continue-on-failure"]
    options += ["--max-examples", str(examples), "--seed", str(seed), "--generation-database", "none", "--no-color"]
    options += ["--report-json-path", str(report), "--suppress-health-check", "all", "--request-timeout", "60"]
    command = [sys.executable, "-m", "schemathesis.cli", "run", address, *options, *more]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "SCHEMATHESIS_HOOKS": "benchmarks.fuzz_pictures",
    }
    code = subprocess.run(command, cwd=folder, env=environment, check=False).returncode
    return code, json.loads(report.read_text())["test_cases"]["generated"]


if __name__ == "__main__":
    sys.exit(main())
