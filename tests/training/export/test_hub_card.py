"""The card is what Hugging Face's own library takes, and says nothing that the file does not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard
from huggingface_hub.repocard import metadata_load

import training.cli
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.rejection_record import Compared, Spread
from tests.recognizer.fakes import make_metadata
from tests.recognizer.registry.test_versions import model_file
from tests.recognizer.rejections import make_head_rejection, make_rejection
from training.errors import RecipeError
from training.export import hub_card
from training.export.handout import ExportFailed

DIGEST = "sha256:" + "0" * 64
ERROR = {"expected_calibration_error": 0.02}
ALL = {
    "results": {
        "validation": {
            "accuracy": 0.975,
            "n": 40,
            "per_class": {"cat": {"precision": 0.9, "recall": 0.8, "f1": 0.85, "n": 10}},
        },
        "calibration": {"pictures": 40, "before": ERROR, "after": ERROR},
        "cross_validation": {"accuracy_on_groups_left_out": 0.91, "accuracy_on_groups_trained_on": 0.97, "folds": []},
    },
    "provenance": {
        "finished": "2026-11-29T05:16:29+00:00",
        "training_seconds": 1531,
        "git_commit": "d639826c",
        "data": {
            "digest": DIGEST,
            "images": {"cat": 3, "dog": 4},
            "train": 6,
            "validation": 1,
            "validation_digest": DIGEST,
        },
        "starting_weights": {"kind": "model", "name": "animals", "version": "1", "digest": DIGEST},
        "recipe": {"seed": 1, "fine_tune": {"epochs": [2, 2]}},
        "python": "3.11.7",
        "packages": {"keras": "3.15.1"},
        "machine": "2 cores",
    },
    "rejection": make_rejection(
        accepted_share=0.975,
        comparison=(Compared(method="neighbours", unknown={"animal": Spread(mean=0.1, lowest=0.05, highest=0.2)}),),
    ),
}


def card_of(*, license_id: str = "", **changes: Any) -> str:
    return hub_card.card(Artifact(Path("a.h5"), make_metadata(**changes), DIGEST), license_id=license_id)


def test_the_head_is_what_the_hub_reads() -> None:
    data = ModelCard(card_of(license_id="apache-2.0", **ALL)).data

    assert data.license == "apache-2.0"
    assert data.library_name == "keras"
    assert data.pipeline_tag == "image-classification"
    assert data.tags == ["menagerie", "resnet50v1.5"]
    assert data.metrics == ["accuracy", "expected_calibration_error"]
    assert data.model_name == "animals-1"
    assert [(each.dataset_name, each.metric_type, each.metric_value) for each in data.eval_results] == [
        ("Pictures held back from training", "accuracy", 0.975),
        ("Pictures held back from training", "expected_calibration_error", 0.02),
        ("Sources left out of training", "accuracy", 0.91),
    ]
    assert data.eval_results[0].dataset_args == {"digest": DIGEST, "pictures": 40}


def test_what_is_recorded_is_told() -> None:
    text = card_of(**ALL)

    for told in (
        "40 pictures were held back from training: 97.5 % of them were named rightly.",
        "| cat | 90.0 % | 80.0 % | 85.0 % | 10 |",
        "named 91.0 % of their pictures rightly",
        "off by 2.0 % on average",
        "accept 97.5 % of pictures of the classes",
        "(animal), which it had not been shown, it took 10.0 % for one of its classes, 5.0 % to 20.0 % from part",
        "6 to learn from, 1 held back",
        "animals, version 1, digest sha256:",
        "| fine\\_tune.epochs | 2, 2 |",
        "| Time | 1531 seconds |",
    ):
        assert told in text
    assert text.count(hub_card.MISSING) == 3  # Licence, intended use, where the pictures are from.


def test_which_pictures_a_rejection_head_was_judged_on_is_told() -> None:
    text = card_of(rejection=make_head_rejection(accepted_share=0.95))

    assert "to accept 95 % of pictures of the classes, left out of its training in turn;" in text


def test_what_is_not_recorded_is_said_to_be_so() -> None:
    text = card_of(rejection=None)

    assert ModelCard(text).data.license == "unknown"
    assert ModelCard(text).data.eval_results is None
    for row in ("Accuracy", "On sources that it was not trained on", "Calibration error of the scores"):
        assert f"{row}: not recorded." in text
    for row in ("Trained", "Licence", "Intended use", "Pictures", "By class", "Digest", "Machine", "Software", "Time"):
        assert f"| {row} | not recorded |" in text
    assert "takes every picture for one of its classes" in text


HOSTILE = "cat | <script>alert(1)</script>\n# [a](javascript:x) ---\u2028`x` ![](//host/x.png) $\\frac$"


def test_no_text_of_a_file_becomes_markup() -> None:
    figures = {"precision": 0.9, "recall": 0.8, "f1": 0.85, "n": 10}
    text = card_of(
        class_names=(HOSTILE, "dog"),
        results={"validation": {"accuracy": 1, "n": 1, "per_class": {HOSTILE: figures}}},
        provenance={
            "machine": HOSTILE,
            "git_commit": HOSTILE,
            "packages": {HOSTILE: HOSTILE},
            "data": {"images": {HOSTILE: 1}, "digest": HOSTILE, "validation_digest": HOSTILE},
            "starting_weights": {"kind": HOSTILE, "version": HOSTILE},
            "recipe": {"seed": 1, HOSTILE: HOSTILE},
        },
    )

    assert not re.search(r"(?<!\\)<(?!/?(details|summary)>)", text)
    assert not re.search(r"(?<!\\)\]\(|(?<!\\)!\[", text)
    assert "\u2028" not in text
    assert ModelCard(text).data.eval_results[0].dataset_args == {"pictures": 1}
    assert all(line.count("|") - line.count("\\|") in (0, 3, 6) for line in text.splitlines())


def test_the_command_writes_a_folder_for_the_hub(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = model_file(tmp_path / "animals-1.h5", results=ALL["results"])

    assert training.cli.main(["export", str(path), "--card", "--license", "mit"]) == 0

    folder = tmp_path / "animals-1.hub"
    assert {file.name for file in folder.iterdir()} == {"README.md", "animals-1.h5"}
    assert (folder / "animals-1.h5").read_bytes() == path.read_bytes()
    loaded = metadata_load(folder / "README.md")
    assert loaded is not None
    assert loaded["license"] == "mit"
    assert "Written:" in capsys.readouterr().out


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = model_file(tmp_path / "animals-1.h5")
    (tmp_path / "hub").mkdir()

    with pytest.raises(ExportFailed, match="is there already"):
        hub_card.make(artifact.read(path), tmp_path / "hub")


@pytest.mark.parametrize("wrong", ["Apache 2.0", "a: b", "\n", "x" * 50])
def test_a_licence_that_the_hub_cannot_know_is_refused(wrong: str) -> None:
    with pytest.raises(RecipeError, match="Expected a licence as the Hub spells it"):
        card_of(license_id=wrong)


@pytest.mark.parametrize("given", [[], ["--card", "--to", "onnx"]])
def test_it_is_one_or_the_other(tmp_path: Path, given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        training.cli.main(["export", str(tmp_path / "animals-1.h5"), *given])

    assert stopped.value.code == 2
    assert "--to" in capsys.readouterr().err
