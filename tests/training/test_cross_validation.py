"""How a recipe does on groups that it was not trained on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recognizer.model_file import artifact
from tests.training.conftest import fit, make_recipe
from training.cli import main
from training.config import FineTune, Head
from training.data.groups import Grouping
from training.evaluation.confidence_intervals import Share

if TYPE_CHECKING:
    from training.cross_validation import CrossValidation
    from training.pipeline import Fit

pytestmark = pytest.mark.tensorflow

PATTERN = r"(\d)\.png$"  # The last digit of a file's number: ten groups with pictures of every class.


def crossed(*folds: tuple[int, int]) -> CrossValidation:
    """Folds of ten pictures left out and ten held back, with so many right of each."""
    from training.cross_validation import CrossValidation, Fold

    return CrossValidation(
        tuple(Fold((f"source {n}",), Share(out, 10), Share(held, 10)) for n, (out, held) in enumerate(folds))
    )


def test_all_folds_count_together() -> None:
    found = crossed((9, 10), (7, 10), (8, 9))

    assert (found.left_out, found.held_back) == (Share(24, 30), Share(29, 30))


def test_the_gap_is_a_sentence() -> None:
    said = crossed((9, 10), (7, 10)).sentence()

    assert "On groups that it was not trained on, 80.0 % of 20 pictures were right" in said
    assert "that it was trained on, 100.0 %" in said
    assert said.endswith("how much groups differ is not known.")


def test_what_to_expect_from_elsewhere_depends_on_how_much_groups_differ() -> None:
    """The same pictures are right of both: in the first, of groups that are alike."""
    from training.cross_validation import CrossValidation, Fold

    alike, unlike = (
        CrossValidation((Fold(("a",), Share(48, 60), Share(9, 10), tuple(Share(part, 10) for part in parts)),))
        for parts in ((8, 8, 8, 8, 8, 8), (10, 10, 10, 10, 8, 0))
    )

    assert "80.0 % of 60 pictures were right;" in alike.sentence()
    assert "it has not met, expect 67 to 78 of 100 to be named rightly" in alike.sentence()
    assert "it has not met, expect 67" not in unlike.sentence()


def test_the_record_names_no_source() -> None:
    record = crossed((9, 10), (7, 10)).record()

    assert record.accuracy_on_groups_left_out == 0.8
    assert "source" not in str(record.to_dict())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--folds", "3"], "Say which pictures belong together"),
        (["--folds", "1", "--groups", PATTERN], "Expected 2 to 20 folds. Received: folds=1"),
        (["--folds", "-1", "--groups", PATTERN], "Expected 2 to 20 folds"),
        (["--folds", "2", "--groups", PATTERN, "--set", "time_budget_min=5"], "leave out either it or time_budget_min"),
    ],
)
def test_folds_that_cannot_be_are_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["fit", "--data", str(tmp_path), *arguments]) == 2
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.fixture(scope="module")
def fitted(tiny_architecture: str, drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Fit:
    short = FineTune(unfreeze=("conv1",), epochs=(1,), learning_rate=(0.02,))
    recipe = make_recipe(tiny_architecture, head=Head(views=1), fine_tune=short)
    out = tmp_path_factory.mktemp("models") / "colours-1.h5"
    return fit([drawn], recipe, out, grouping=Grouping(PATTERN, folds=2))


def test_each_picture_is_left_out_once(fitted: Fit) -> None:
    assert fitted.cross_validation is not None
    assert [len(fold.groups) for fold in fitted.cross_validation.folds] == [5, 5]
    assert fitted.cross_validation.left_out.whole == len(fitted.audit.dataset.images)


def test_the_model_file_and_the_report_say_how_it_did(fitted: Fit) -> None:
    crossed = artifact.read(fitted.path).metadata.measured.cross_validation
    page = fitted.report.read_text(encoding="utf-8")

    assert fitted.cross_validation is not None
    assert crossed == fitted.cross_validation.record()
    share = f"{100 * fitted.cross_validation.left_out.value:.1f}"
    assert re.search(rf"In {len(crossed.folds)} more trainings.*{re.escape(share)}", page, re.DOTALL)


def test_the_model_file_says_how_it_did_on_each_group_left_out(fitted: Fit) -> None:
    by_source = artifact.read(fitted.path).metadata.measured.by_source

    assert fitted.cross_validation is not None
    assert by_source is not None
    assert by_source.right is not None
    assert by_source.right.sources == len(fitted.cross_validation.each) == 10
    assert by_source.right.pictures == fitted.cross_validation.left_out.whole
    assert by_source.right.expected is not None


def test_groups_are_held_back_whole_and_set_the_threshold(fitted: Fit) -> None:
    rejection = artifact.read(fitted.path).metadata.rejection

    assert rejection is not None
    assert rejection.left_out
