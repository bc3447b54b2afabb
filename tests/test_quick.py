"""`make quick` runs what a change concerns, and not much else."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from tests import quick

importers = functools.cache(quick.importers)  # Not before a test asks: every run collects this file.


def concerned(*files: str) -> tuple[set[str], set[str]]:
    own, others = quick.concerned(map(Path, files), importers())
    return {str(path) for path in own}, {str(path) for path in others}


def test_a_module_concerns_its_own_tests_those_that_import_it_and_those_of_its_importers() -> None:
    own, others = concerned("recognizer/errors.py")

    assert own == set()
    assert "tests/recognizer/images/test_decode.py" in others

    own, others = concerned("training/data/split.py")

    assert own == {"tests/training/data/test_split.py"}
    assert "tests/training/calibration/test_calibrate.py" in others
    assert "tests/webui/history/test_paging.py" not in others


@pytest.mark.parametrize(
    ("file", "test"),
    [
        ("tests/training/test_plan.py", "tests/training/test_plan.py"),
        ("tests/training/conftest.py", "tests/training"),
        ("tests/training/drawings.py", "tests/training/data/test_rand_augment.py"),
        ("webui/templates/webui/home.html", "tests/webui"),
        ("docs/recipes.md", "tests/test_docs.py"),
        ("training/config/explanation.py", "tests/training/config/test_recipe_file.py"),
        ("webui/history/admin.py", "tests/webui/history"),
    ],
)
def test_other_files_concern_the_tests_nearest_to_them(file: str, test: str) -> None:
    own, others = concerned(file)

    assert test in own | others


def test_every_module_concerns_some_test() -> None:
    modules = [
        path.relative_to(quick.ROOT)
        for folder in ("menagerie", "recognizer", "training", "webui")
        for path in (quick.ROOT / folder).rglob("*.py")
    ]

    assert [str(path) for path in modules if concerned(str(path)) == (set(), set())] == []
