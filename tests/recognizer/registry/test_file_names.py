"""Names and versions of models, read off their file names."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognizer.errors import FileNameError
from recognizer.registry.file_names import name_and_version


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("models/animals-1.h5", ("animals", "1")),
        ("my-farm-12.h5", ("my-farm", "12")),
        ("animals-1.2.h5", ("animals", "1.2")),
        ("animals.h5", ("animals", "1")),
        ("my-farm.h5", ("my-farm", "1")),
    ],
)
def test_the_part_after_the_last_dash_is_the_version_if_it_begins_with_a_digit(
    file: str, expected: tuple[str, str]
) -> None:
    assert name_and_version(Path(file)) == expected


@pytest.mark.parametrize(
    "file",
    [
        "animals-1.keras",
        "animals-1",
        "-1.h5",
        ".h5",
        "a b-1.h5",
        "a/..-1.h5",
        "猫-1.h5",
        "a\n-1.h5",
        f"{'a' * 101}-1.h5",
    ],
)
def test_other_names_are_refused(file: str) -> None:
    with pytest.raises(FileNameError, match="Expected a file name"):
        name_and_version(Path(file))
