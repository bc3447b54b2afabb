"""The folder of an unfinished run: who may go on with it, and what of it is used again."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from recognizer import architectures
from training.config import FineTune, Recipe
from training.data.dataset import Dataset, LabelledImage
from training.data.split import Split
from training.errors import CheckpointError, RunError
from training.job import Job
from training.trainer import checkpoint
from training.trainer import run as run_folder
from training.trainer.run_identity import RunIdentity


class Network:
    """As much of a Keras model as is asked for."""

    def __init__(self) -> None:
        self.weights = [np.zeros(3, np.float32)]

    def get_weights(self) -> list[np.ndarray]:
        return self.weights

    def set_weights(self, weights: list[np.ndarray]) -> None:
        self.weights = weights

    def learn(self) -> str:
        self.weights = [self.weights[0] + 1]
        return "learned"


def identity(recipe: Recipe | None = None, *, digests: str = "abcd", held_back: int = 1) -> RunIdentity:
    images = tuple(LabelledImage(Path(f"{digest}.jpg"), number % 2, digest) for number, digest in enumerate(digests))
    parts = Split(train=images[held_back:], validation=images[:held_back])
    preprocessing = architectures.get("resnet50").preprocessing
    job = Job(Dataset(("cat", "dog"), images), parts, recipe or Recipe(), preprocessing)
    return RunIdentity.of(job, arithmetic="float32")


def begin(out: Path) -> None:
    with run_folder.open_run(out) as run:
        run.agree(identity())


def test_a_step_that_was_done_is_not_done_again(tmp_path: Path) -> None:
    first, second = Network(), Network()
    with run_folder.open_run(tmp_path / "x-1.h5") as run:
        run.agree(identity())
        run.step("probe", first, first.learn)

    with run_folder.open_run(tmp_path / "x-1.h5", resume=True) as run:
        result = run.step("probe", second, lambda: pytest.fail("It was done."))

    assert result == "learned"
    assert second.weights[0].tolist() == [1, 1, 1]


def test_a_step_whose_file_is_damaged_is_done_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = Network()
    with run_folder.open_run(tmp_path / "x-1.h5") as run:
        run.agree(identity())
        run.step("probe", network, network.learn)
    (tmp_path / "x-1.training" / "probe.npz").write_bytes(b"damaged")

    with run_folder.open_run(tmp_path / "x-1.h5", resume=True) as run:
        result = run.step("probe", network, network.learn)

    assert result == "learned"
    assert "done again" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("record", "weights"),
    [
        ({"result": "x"}, [np.zeros(4)]),
        ({"result": "x"}, []),
        ({}, [np.zeros(3)]),
        ({"result": "x"}, [np.zeros((3, 1))]),
    ],
)
def test_a_step_of_another_network_is_done_again_from_the_weights_that_there_are(
    tmp_path: Path, record: dict[str, str], weights: list[np.ndarray]
) -> None:
    network = Network()
    begin(tmp_path / "x-1.h5")
    checkpoint.write(tmp_path / "x-1.training" / "probe.npz", checkpoint.Checkpoint(record, {"weights": weights}))

    with run_folder.open_run(tmp_path / "x-1.h5", resume=True) as run:
        result = run.step("probe", network, network.learn)

    assert result == "learned"
    assert network.weights[0].tolist() == [1, 1, 1]


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b"{}", b"null", b"\xff", None])
def test_a_run_that_does_not_say_what_it_is_names_the_cure(tmp_path: Path, content: bytes | None) -> None:
    begin(tmp_path / "x-1.h5")
    path = tmp_path / "x-1.training" / "run.json"
    path.unlink()
    path.write_bytes(content) if content is not None else os.mkfifo(path)

    with run_folder.open_run(tmp_path / "x-1.h5", overwrite=False, resume=True) as run:
        with pytest.raises(RunError, match="--overwrite"):
            run.agree(identity())
        (tmp_path / "x-1.training" / "seconds.json").write_bytes(b"[1]")
        assert run.spent_s() == 0


def test_a_part_keeps_its_steps_until_it_is_done(tmp_path: Path) -> None:
    network = Network()
    with run_folder.open_run(tmp_path / "x-1.h5") as run:
        run.agree(identity())
        result = run.part("fold-1", lambda inner: [inner.step("probe", network, network.learn)])

    with run_folder.open_run(tmp_path / "x-1.h5", resume=True) as run:
        again = run.part("fold-1", lambda inner: pytest.fail("It was done."))

    assert result == again == ["learned"]
    assert not (tmp_path / "x-1.training" / "fold-1").exists()


@pytest.mark.parametrize("damaged", [b"", b"[", b"\xff"])
def test_a_part_whose_result_is_damaged_is_done_again(tmp_path: Path, damaged: bytes) -> None:
    with run_folder.open_run(tmp_path / "x-1.h5") as run:
        run.agree(identity())
        run.part("fold-1", lambda inner: "first")
        (tmp_path / "x-1.training" / "fold-1.json").write_bytes(damaged)

        assert run.part("fold-1", lambda inner: "second") == "second"


def test_a_part_that_was_cut_off_goes_on_after_its_last_step(tmp_path: Path) -> None:
    network = Network()

    def cut_off(inner: run_folder.RunFolder) -> None:
        inner.step("probe", network, network.learn)
        raise KeyboardInterrupt

    begin(tmp_path / "x-1.h5")
    with pytest.raises(KeyboardInterrupt), run_folder.open_run(tmp_path / "x-1.h5", resume=True) as run:
        run.part("fold-1", cut_off)

    with run_folder.open_run(tmp_path / "x-1.h5", resume=True) as run:
        run.part("fold-1", lambda inner: inner.step("probe", network, network.learn))

    assert network.weights[0].tolist() == [1, 1, 1]


def test_an_unfinished_run_is_in_the_way_with_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    begin(tmp_path / "x-1.h5")

    with pytest.raises(RunError, match=r"--resume.*--overwrite"), run_folder.open_run(tmp_path / "x-1.h5"):
        pass

    assert run_folder.is_unfinished(tmp_path / "x-1.h5")


def test_overwriting_starts_anew(tmp_path: Path) -> None:
    network = Network()
    with run_folder.open_run(tmp_path / "x-1.h5") as run:
        run.agree(identity())
        run.step("probe", network, network.learn)

    with run_folder.open_run(tmp_path / "x-1.h5", overwrite=True) as run:
        run.agree(identity(digests="efgh"))
        run.step("probe", network, network.learn)

    assert network.weights[0].tolist() == [2, 2, 2]


def test_without_a_run_to_go_on_with_one_begins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with run_folder.open_run(tmp_path / "x-1.h5", resume=True) as run:
        run.agree(identity())

    assert "starting from the beginning" in capsys.readouterr().err


def test_two_processes_do_not_work_on_the_same_run(tmp_path: Path) -> None:
    begin(tmp_path / "x-1.h5")

    with (
        FileLock(tmp_path / "x-1.training" / "lock"),
        pytest.raises(RunError, match="Another training"),
        run_folder.open_run(tmp_path / "x-1.h5", resume=True),
    ):
        pass


def test_a_run_that_ended_leaves_nothing(tmp_path: Path) -> None:
    with run_folder.open_run(tmp_path / "x-1.h5") as run:
        run.agree(identity())
        run.remove()

    assert list(tmp_path.iterdir()) == []


def test_a_run_that_never_began_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="refused"), run_folder.open_run(tmp_path / "x-1.h5"):
        raise ValueError("refused")

    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(CheckpointError, match="cannot be kept"), run_folder.open_run(tmp_path / "file" / "x-1.h5"):
        pass


def test_the_seconds_of_earlier_sessions_are_counted(tmp_path: Path) -> None:
    with run_folder.open_run(tmp_path / "x-1.h5") as run:
        run.agree(identity())
        run.note_spent_s(12.34)

    with run_folder.open_run(tmp_path / "x-1.h5", resume=True) as run:
        assert run.spent_s() == 12.3


@pytest.mark.parametrize("damaged", ["NaN", "Infinity", "-1e400", "-3", "1e999", "soon", ""])
def test_seconds_that_cannot_be_are_not_counted(tmp_path: Path, damaged: str) -> None:
    begin(tmp_path / "x-1.h5")
    (tmp_path / "x-1.training" / "seconds.json").write_text(damaged)

    with run_folder.open_run(tmp_path / "x-1.h5", resume=True) as run:
        assert run.spent_s() == 0.0


def test_a_file_where_a_folder_of_the_run_belongs_is_a_sentence_with_the_cure(tmp_path: Path) -> None:
    begin(tmp_path / "x-1.h5")
    (tmp_path / "x-1.training" / "model").write_bytes(b"")

    with (
        pytest.raises(CheckpointError, match=r"training/model: File exists\. Remove it, or start anew"),
        run_folder.open_run(tmp_path / "x-1.h5", resume=True) as run,
    ):
        run.draft("x-1.h5")


def test_a_failure_elsewhere_is_not_the_runs(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), run_folder.open_run(tmp_path / "x-1.h5"):
        (tmp_path / "nowhere").read_bytes()


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (identity(Recipe(fine_tune=FineTune(patience=5))), r"option fine_tune\.patience was 3 and is 5"),
        (identity(Recipe(rejection={"unknown": "foxes"})), r"option rejection\.unknown was None and is \['foxes'\]"),
        (identity(Recipe(optimizer={"name": "adam"})), r"option optimizer\.beta_1 was not there and is 0\.9"),
        (identity(digests="abcde"), "the pictures are others, 4 before and 5 now"),
        (identity(held_back=2), "other pictures are held back"),
    ],
)
def test_another_run_is_refused_with_what_differs(tmp_path: Path, now: RunIdentity, says: str) -> None:
    begin(tmp_path / "x-1.h5")

    with run_folder.open_run(tmp_path / "x-1.h5", resume=True) as run, pytest.raises(RunError, match=says):
        run.agree(now)


def test_another_version_of_the_code_is_only_mentioned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin(tmp_path / "x-1.h5")

    with run_folder.open_run(tmp_path / "x-1.h5", resume=True) as run:
        run.agree(identity().model_copy(update={"code": "sha256:other"}))

    assert "has changed since this training began" in capsys.readouterr().err


def test_more_time_may_be_given(tmp_path: Path) -> None:
    begin(tmp_path / "x-1.h5")

    with run_folder.open_run(tmp_path / "x-1.h5", resume=True) as run:
        run.agree(identity(Recipe(time_budget_min=5)))


def test_a_record_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    begin(tmp_path / "x-1.h5")
    (tmp_path / "x-1.training" / "run.json").write_text("{")

    with run_folder.open_run(tmp_path / "x-1.h5", resume=True) as run, pytest.raises(RunError, match="--overwrite"):
        run.agree(identity())
