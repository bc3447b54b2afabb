"""Sources that are found without being asked for: nothing about them may stop a training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from training.config import Recipe
from training.data.dataset import Dataset, LabelledImage
from training.data.groups import Grouping
from training.data.sources import find_sources
from training.data.split import divide
from training.errors import DatasetError

FILES = tuple(f"{kind}/{number}.jpg" for kind in ("cat", "dog") for number in range(4))
IN_FOLDERS = tuple(f"{kind}/{place}/{number}.jpg" for kind in ("cat", "dog") for place in "ab" for number in range(3))


def make_dataset(folder: Path, files: tuple[str, ...] = FILES) -> Dataset:
    images = tuple(LabelledImage(folder / name, int(name.startswith("dog")), name) for name in files)
    return Dataset(("cat", "dog"), images, folders=(folder,))


def found(dataset: Dataset) -> list[str] | None:
    sources = find_sources(dataset)
    return None if sources is None else [sources[image] for image in dataset.images]


def by_number(name: str) -> str:
    return f"farm {int(Path(name).stem) % 2}"


def manifest(place: Path, rows: dict[str, str], *, head: str = "file\tsource", name: str = "MANIFEST.tsv") -> None:
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text("\n".join([head, *(f"{file}\t{source}" for file, source in rows.items())]), "utf-8")


def test_folders_inside_the_class_folders_are_sources(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert found(make_dataset(tmp_path, IN_FOLDERS)) == [name.split("/")[1] for name in IN_FOLDERS]
    assert "2 sources of pictures, by folders inside the class folders" in capsys.readouterr().err


def test_where_some_pictures_lie_in_no_such_folder_there_are_none(tmp_path: Path) -> None:
    assert found(make_dataset(tmp_path, (*IN_FOLDERS, "cat/alone.jpg"))) is None


def test_pictures_in_class_folders_alone_say_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert found(make_dataset(tmp_path)) is None
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("above", [0, 1, 2])
def test_a_manifest_lies_in_the_data_folder_or_above_and_names_paths_from_where_it_lies(
    tmp_path: Path, above: int
) -> None:
    folder = tmp_path / "project" / "animals" / "train"
    place = [folder, *folder.parents][above]
    prefix = folder.relative_to(place)
    manifest(place, {(prefix / name).as_posix(): by_number(name) for name in FILES})

    assert found(make_dataset(folder)) == [by_number(name) for name in FILES]


def test_a_manifest_above_may_name_paths_below_the_data_folder(tmp_path: Path) -> None:
    manifest(tmp_path, {name: by_number(name) for name in FILES})

    assert found(make_dataset(tmp_path / "train")) == [by_number(name) for name in FILES]


def test_a_manifest_three_folders_above_is_somebody_elses(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "train"
    manifest(tmp_path, {f"a/b/train/{name}": by_number(name) for name in FILES})

    assert found(make_dataset(folder)) is None


def test_a_column_that_is_headed_so_has_the_sources(tmp_path: Path) -> None:
    rows = {name: f"CC-BY\t{by_number(name)}\tx" for name in FILES}
    manifest(tmp_path, rows, head="file\tlicence\tSource repository\tcommit")

    assert found(make_dataset(tmp_path)) == [by_number(name) for name in FILES]


def test_a_manifest_goes_before_the_folders(tmp_path: Path) -> None:
    manifest(tmp_path, {name: by_number(name) for name in IN_FOLDERS})

    assert found(make_dataset(tmp_path, IN_FOLDERS)) == [by_number(name) for name in IN_FOLDERS]


def incomplete(place: Path) -> None:
    manifest(place, {name: by_number(name) for name in FILES[1:]})


def one_source(place: Path) -> None:
    manifest(place, dict.fromkeys(FILES, "the farm"))


def a_source_for_each_picture(place: Path) -> None:
    manifest(place, {name: name for name in FILES})


def of_other_pictures(place: Path) -> None:
    manifest(place, {f"fox/{number}.jpg": "zoo" for number in range(9)})


def no_text(place: Path) -> None:
    (place / "MANIFEST.tsv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")


def one_column(place: Path) -> None:
    (place / "MANIFEST.csv").write_text("\n".join(FILES))


def empty(place: Path) -> None:
    (place / "MANIFEST.tsv").write_bytes(b"")


def in_two(place: Path) -> None:
    manifest(place, {FILES[0]: f"a\n{FILES[0]}\tb"})


def a_folder(place: Path) -> None:
    (place / "MANIFEST.tsv").mkdir()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (incomplete, "has the source of 7 of 8 pictures, so it is passed over"),
        (one_source, ""),
        (a_source_for_each_picture, ""),
        (of_other_pictures, ""),
        (no_text, "cannot be read"),
        (one_column, "Expected two columns"),
        (in_two, "is in two groups"),
        (empty, ""),
        (a_folder, ""),
    ],
)
def test_a_manifest_that_is_of_no_use_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], None], said: str
) -> None:
    make(tmp_path)

    assert found(make_dataset(tmp_path)) is None
    assert said in (text := capsys.readouterr().err)
    assert bool(text) == bool(said)


def test_a_manifest_that_is_of_no_use_leaves_the_folders(tmp_path: Path) -> None:
    no_text(tmp_path)

    assert found(make_dataset(tmp_path, IN_FOLDERS)) == [name.split("/")[1] for name in IN_FOLDERS]


def all_alike(dataset: Dataset) -> dict[LabelledImage, int]:
    """All pictures of a class are near duplicates: whatever is held back, its class has none left."""
    return {image: image.label for image in dataset.images}


def test_sources_that_would_leave_a_class_without_pictures_are_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = make_dataset(tmp_path, IN_FOLDERS)

    partition = divide(dataset, None, Recipe(), copies=all_alike(dataset))

    assert partition.sources is None
    assert {image.label for image in partition.parts.train} == {0, 1}
    assert "The sources are passed over: All pictures of 'cat'" in capsys.readouterr().err


def test_groups_that_somebody_named_are_refused_in_the_same_case(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, IN_FOLDERS)

    with pytest.raises(DatasetError, match="All pictures of 'cat'"):
        divide(dataset, Grouping(r"/(\w)/"), Recipe(), copies=all_alike(dataset))


def test_found_sources_are_held_back_whole(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, IN_FOLDERS)

    partition = divide(dataset, None, Recipe(), copies={image: n for n, image in enumerate(dataset.images)})

    assert partition.sources is not None
    assert len(partition.sources.left_out) == 2
    held_back = {(image.label, partition.sources.groups[image]) for image in partition.parts.validation}
    learned = {(image.label, partition.sources.groups[image]) for image in partition.parts.train}
    assert held_back.isdisjoint(learned)
