"""What a visit of Studio is made of: films of two mugs, pictures that are in neither, and photographs by class."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import mug_films, studio


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A short one."""
    monkeypatch.setattr(mug_films, "_FRAMES", 3)
    mug_films.write_film("dotted mug", tmp_path / "film.mjpeg")
    return (tmp_path / "film.mjpeg").read_bytes()


def test_a_film_is_its_frames_one_after_the_other(film: bytes) -> None:
    start, end = b"\xff\xd8\xff", b"\xff\xd9"

    assert (film.count(start), film[:3], film[-2:]) == (3, start, end)


def test_each_frame_shows_the_mug_otherwise(film: bytes) -> None:
    assert len(set(film.split(b"\xff\xd8\xff"))) == 4  # Nothing comes before the first.


def test_a_picture_to_ask_about_is_in_no_film(film: bytes) -> None:
    asked = [picture for kind in mug_films.KINDS for picture in mug_films.held_out(kind, 2)]

    assert len(set(asked)) == 4
    assert [picture for picture in asked if picture in film] == []


def test_photographs_are_taken_from_all_of_a_folder_and_none_to_ask_about_is_trained_on(tmp_path: Path) -> None:
    for kind in ("cat", "dog"):
        (tmp_path / kind).mkdir()
        for number in range(30):
            (tmp_path / kind / f"{number:02}.jpg").touch()

    chosen = studio._chosen(tmp_path, 9)

    assert list(chosen) == ["cat", "dog"]
    trained, asked = ([path.stem for path in paths] for paths in chosen["dog"])
    assert trained == ["00", "03", "06", "09", "12", "15", "18", "21", "24"]
    assert asked == ["27"]
