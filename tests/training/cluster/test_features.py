"""Which pictures another machine takes for those that were meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.data.dataset import LabelledImage, scan
from training.errors import DatasetError

pytestmark = pytest.mark.tensorflow


def on_another_machine(picture: LabelledImage) -> LabelledImage:
    pytest.importorskip("ray", reason="needs the extra ray")
    from training.cluster.features import _same_file

    return _same_file(picture)


def test_the_same_file_is_read_wherever_the_process_stands(
    class_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(class_folders.parent)
    picture = scan(Path(class_folders.name)).images[0]
    there = on_another_machine(picture)
    monkeypatch.chdir("/")

    assert there.read() == (class_folders / "blue" / "00.png").read_bytes()


def test_another_file_at_the_same_path_is_refused(class_folders: Path) -> None:
    there = on_another_machine(scan(class_folders).images[0])
    there.path.write_bytes((class_folders / "red" / "00.png").read_bytes())

    with pytest.raises(DatasetError, match=r"00\.png is another file on one of the machines"):
        there.read()


def test_a_picture_that_is_not_there_is_named(class_folders: Path) -> None:
    there = on_another_machine(scan(class_folders).images[0])
    there.path.unlink()

    with pytest.raises(DatasetError, match=r"00\.png cannot be opened on one of the machines.*same path"):
        there.read()
