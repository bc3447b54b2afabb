"""The file of known pictures: what is written is read again, and what is no such file is refused."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from recognizer import Recognizer, cli
from recognizer.errors import ArtifactError
from recognizer.explain import known_pictures
from recognizer.explain.known_pictures import KnownPictures
from tests.recognizer.fakes import GREEN, RED, make_recognizer, plain

DIGEST = "sha256:" + "a" * 64


@pytest.fixture
def known(tmp_path: Path) -> KnownPictures:
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "ä.jpg").write_bytes(b"1")
    return KnownPictures(tmp_path, ("cat/ä.jpg", "dog/b.jpg"), np.eye(2, 4, dtype=np.float16))


def test_what_is_written_is_read_again(known: KnownPictures) -> None:
    known_pictures.write(known, DIGEST)

    found = known_pictures.read(known.folder, DIGEST)

    assert found is not None
    assert found.names == known.names
    assert (found.embeddings == known.embeddings).all()


def test_what_is_exchanged_after_it_was_read_is_not_taken_for_the_same(known: KnownPictures) -> None:
    picture = known.folder / "cat" / "ä.jpg"
    stamps = np.array([known_pictures.stamp(picture), known_pictures.stamp(known.folder / "gone")], np.int64)
    picture.write_bytes(b"another")

    known_pictures.write(KnownPictures(known.folder, known.names, known.embeddings, stamps), DIGEST)

    found = known_pictures.read(known.folder, DIGEST)
    assert found is not None
    assert list(found.unchanged()) == []


def test_of_another_model_there_are_none(known: KnownPictures) -> None:
    known_pictures.write(known, DIGEST)

    assert known_pictures.read(known.folder, "sha256:" + "b" * 64) is None


def test_embeddings_of_another_size_are_near_to_nothing(known: KnownPictures) -> None:
    assert known.nearest(np.ones(7, np.float32)) == ()
    assert known.nearest(np.array([0, 3, 0, 0], np.float32))[0].index == 1


def test_a_path_leads_to_a_file_in_the_folder_and_nowhere_else(known: KnownPictures) -> None:
    (known.folder.parent / "secret.jpg").write_bytes(b"1")
    outside = KnownPictures(known.folder, ("../secret.jpg", "/etc/passwd", "cat"), known.embeddings)

    assert known.path(0) == (known.folder / "cat" / "ä.jpg").resolve()
    assert [known.path(1), known.path(2), known.path(-1)] == [None, None, None]
    assert [outside.path(number) for number in range(3)] == [None, None, None]


def stored(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def packed_archive(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def of_another_zip_version(archive: bytes) -> bytes:
    entry = archive.index(b"PK\1\2")
    return archive[: entry + 6] + b"\xff\0" + archive[entry + 8 :]


def encrypted(archive: bytes) -> bytes:
    entry = archive.index(b"PK\1\2")
    return archive[: entry + 8] + b"\1\0" + archive[entry + 10 :]


def names(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), np.uint8)


HALF = np.zeros((1, 4), np.float16)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"This is no archive.",
        stored(names=names('["a"]')),
        stored(names=names("no JSON"), embeddings=HALF),
        stored(names=names('{"a": 1}'), embeddings=HALF),
        stored(names=names("[1]"), embeddings=HALF),
        stored(names=names('["a", "b"]'), embeddings=HALF),
        stored(names=names('["a"]'), embeddings=HALF.astype(np.float64)),
        stored(names=names('["a"]'), embeddings=HALF[0]),
        stored(names=names('["a"]'), embeddings=HALF + np.float16(np.nan)),
        stored(names=np.array(["a"], object), embeddings=HALF),
        stored(names=names('["a"]'), embeddings=HALF, stamps=np.zeros((2, 2), np.int64)),
        stored(names=names('["a"]'), embeddings=HALF, stamps=np.zeros((1, 2))),
        stored(names=names("[" * 100_000), embeddings=HALF),
        of_another_zip_version(stored(names=names('["a"]'), embeddings=HALF)),
        encrypted(stored(names=names('["a"]'), embeddings=HALF)),
        packed_archive(names=names('["a"]'), embeddings=HALF),
    ],
    ids=range(18),
)
def test_what_is_no_such_file_is_refused_with_the_cure(tmp_path: Path, content: bytes) -> None:
    known_pictures.path_of(tmp_path, DIGEST).write_bytes(content)

    with pytest.raises(ArtifactError, match="embed"):
        known_pictures.read(tmp_path, DIGEST)


# The command


@pytest.fixture(autouse=True)
def fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recognizer, "open", lambda path, **options: make_recognizer())


def embed(folder: Path) -> int:
    return cli.main(["embed", str(folder), "--model", "x-1.h5"])


def test_the_command_embeds_every_picture_that_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cat").mkdir()
    for number in range(11):
        (tmp_path / "cat" / f"{number:02}.png").write_bytes(plain(RED if number % 2 else GREEN))
    (tmp_path / "broken.png").write_bytes(b"This is no picture.")

    assert embed(tmp_path) == 0

    found = known_pictures.read(tmp_path, "sha256:0")
    assert found is not None
    assert sorted(found.names) == [f"cat/{number:02}.png" for number in range(11)]
    assert found.embeddings.shape == (11, 4)
    assert "11 pictures, for animals-1. 1 could not be read." in capsys.readouterr().out


def test_the_command_refuses_a_folder_that_it_cannot_write_to_before_it_computes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.png").write_bytes(plain(RED))
    known_pictures.path_of(tmp_path, "sha256:0").mkdir()

    assert embed(tmp_path) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_the_command_refuses_a_folder_without_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.png").write_bytes(b"This is no picture.")
    (tmp_path / "empty").mkdir()

    assert [embed(folder) for folder in (tmp_path, tmp_path / "empty", tmp_path / "gone")] == [2, 2, 2]
    assert "Traceback" not in capsys.readouterr().err


def test_of_a_file_without_sizes_and_times_all_that_are_there_are_taken_for_what_they_were(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    known_pictures.path_of(tmp_path, DIGEST).write_bytes(
        stored(names=names('["a", "gone"]'), embeddings=np.zeros((2, 4), np.float16))
    )

    found = known_pictures.read(tmp_path, DIGEST)

    assert found is not None
    assert list(found.unchanged()) == [0]
