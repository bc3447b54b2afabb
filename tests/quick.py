"""Runs the tests that a change concerns, in seconds: python -m tests.quick [BASE]

    files that differ from BASE (git) -> modules -> tests that import them, tests of modules that import them -> pytest

Slow tests and those in a browser are left to `make test`. TensorFlow is loaded for the changed modules' own tests only.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("menagerie", "recognizer", "training", "webui", "benchmarks", "tests")
FAST = "not slow and not browser"
NO_TESTS = 5
"""pytest's exit code where none is left."""
_FILES_OF_ONE_PROCESS = 20
"""Another process takes as long to start as the tests of so many files take to run."""


def main(base: str = "HEAD") -> int:
    """Runs pytest; 0 where all passed, and where there was nothing to run."""
    own, others = concerned(changed(base), importers())
    codes = [run(own | others, f"not tensorflow and {FAST}"), run(own, f"tensorflow and {FAST}")]
    return max(0 if code == NO_TESTS else code for code in codes)


def changed(base: str) -> set[Path]:
    """Files that differ from a commit, and those that git does not know yet; as seen from the project's root."""
    commands = (["diff", "--name-only", "--diff-filter=d", base], ["ls-files", "--others", "--exclude-standard"])
    said = [subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True) for words in commands]
    return {Path(line) for process in said for line in process.stdout.splitlines()}


def importers() -> dict[str, set[Path]]:
    """By module, the files that import it or something of it."""
    found: dict[str, set[Path]] = defaultdict(set)
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for name in _imported(path):
                found[name].add(path.relative_to(ROOT))
    return found


def concerned(files: Iterable[Path], importing: Mapping[str, set[Path]]) -> tuple[set[Path], set[Path]]:
    """Test files and folders: those of the changed files themselves, and others."""
    own: set[Path] = set()
    others: set[Path] = set()
    for file in files:
        if file.suffix != ".py":
            others.update(_tests_of_folder(file.parent))
        elif file.name == "conftest.py":  # Its fixtures are used without being imported.
            others.add(file.parent)
        elif _is_test(file):
            own.add(file)
        else:
            own.update(_own_test(file))
            # What nobody imports, Django or Python finds by its name.
            others.update(_near(file, importing) or _tests_of_folder(file.parent))
    return own, others - own


def run(tests: Iterable[Path], markers: str) -> int:
    """Lets pytest run them."""
    paths = sorted(str(path) for path in tests)
    spread = ["-n", "auto", "--dist", "loadfile"] if len(paths) > _FILES_OF_ONE_PROCESS else []
    command = [sys.executable, "-m", "pytest", "-q", "-m", markers, *spread, *paths]
    return subprocess.run(command, cwd=ROOT, check=False).returncode if paths else NO_TESTS


def _imported(path: Path) -> Iterator[str]:
    for node in _statements(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Those of a module, at any depth; not their expressions, which are most of a tree and hold no import."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield child
            yield from _statements(child)


def _module(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_test(file: Path) -> bool:
    return file.parts[0] == "tests" and file.name.startswith("test_")


def _own_test(file: Path) -> Iterator[Path]:
    """The test file named after a module."""
    test = Path("tests", *file.parts[:-1], f"test_{file.name}")
    if (ROOT / test).exists():
        yield test


def _near(file: Path, importing: Mapping[str, set[Path]]) -> set[Path]:
    """Tests that import a module, and the own tests of modules that do; where there are none, those a step further."""
    seen, near = {file}, set[Path]()
    step = {file}
    while step and not near:
        step = {path for module in map(_module, step) for path in importing.get(module, ())} - seen
        seen |= step
        near |= {path for path in step if _is_test(path)}
        near |= {test for path in step for test in _own_test(path)}
    return near


def _tests_of_folder(folder: Path) -> Iterator[Path]:
    """The tests nearest to a file that is no module; of a page, those of all pages."""
    while folder.parts:
        if (ROOT / "tests" / folder).is_dir():
            yield Path("tests") / folder
            return
        folder = folder.parent
    yield from (path.relative_to(ROOT) for path in (ROOT / "tests").glob("test_*.py"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
