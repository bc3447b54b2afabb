"""A finished model learns how sure it may be, and to say "none of these"; its network stays as it is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognizer import Prediction, Recognizer
from recognizer.bulk.classify_files import classify_files
from recognizer.engines import graph_files
from recognizer.model_file import artifact
from recognizer.model_file.rejection_head import BackboneHead, HeadScore
from recognizer.model_file.rejection_record import Compared, HeadRejection, Spread
from tests.recognizer.graphs import small_metadata, write_graph, write_model
from tests.recognizer.rejections import make_head_rejection
from tests.training.conftest import COLOURS, draw
from training.audit.inspect import Audit
from training.audit.summary import summarize
from training.calibration.calibrate import Calibration, calibrate
from training.cli import main
from training.config import Recipe, Rejection
from training.data import split
from training.data.dataset import Dataset, scan

CLASSES = {"cat": COLOURS["red"], "chicken": COLOURS["green"], "dog": COLOURS["blue"], "horse": (12, 12, 12)}
OTHERS = {"yellow": (200, 190, 30), "magenta": (200, 30, 190), "cyan": (20, 190, 200), "orange": (230, 120, 20)}


def draw_folders(root: Path, colours: dict[str, tuple[int, int, int]], name: Callable[[str, int], str]) -> Path:
    for kind, colour in colours.items():
        for number in range(12):
            path = root / name(kind, number)
            path.parent.mkdir(parents=True, exist_ok=True)
            draw(colour, seed=number).save(path)
    return root


@pytest.fixture(scope="module")
def drawn_for_it(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pictures")
    draw_folders(root / "animals", CLASSES, lambda kind, number: f"{kind}/{number}.png")
    draw_folders(root / "others", OTHERS, lambda kind, number: f"colour/{kind}-{number:03}.png")
    return root


@pytest.fixture
def animals(drawn_for_it: Path, tmp_path: Path) -> Path:
    """Class folders for the fake network: red cats, green chickens, blue dogs, dark horses."""
    return Path(shutil.copytree(drawn_for_it / "animals", tmp_path / "animals"))


@pytest.fixture
def others(drawn_for_it: Path, tmp_path: Path) -> Path:
    """Pictures of four other colours."""
    return Path(shutil.copytree(drawn_for_it / "others", tmp_path / "others"))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A compiled model without Keras, that takes any picture for one of its classes."""
    metadata = small_metadata(results={"validation": {"accuracy": 1.0, "n": 4}})
    path = write_model(tmp_path / "models" / "animals-1.h5", metadata)
    write_graph(path, kind="int8", metadata=metadata)
    return path


def parts(animals: Path) -> split.Split:
    return split.by_content(scan(animals), validation_fraction=0.25, seed=1)


def calibrated(model: Path, animals: Path, others: Path | None = None) -> Calibration:
    rejection = Rejection(unknown=None if others is None else (str(others),))
    return calibrate(model, model, parts(animals), Recipe(rejection=rejection))


def test_the_threshold_is_set_on_groups_left_out_where_they_are_known(
    model: Path, animals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same_source = calibrated(model, animals).rejection

    main(["calibrate", str(model), "--data", str(animals), "--groups", r"/.*?(\d)\.png$"])

    rejection = artifact.read(model).metadata.rejection
    assert rejection is not None
    assert (rejection.left_out, same_source.left_out) == (True, False)
    assert rejection.threshold != same_source.threshold
    assert "95 % of the pictures of sources left out are accepted." in " ".join(capsys.readouterr().out.split())


def test_a_group_that_is_all_of_a_class_is_a_sentence(
    model: Path, animals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["calibrate", str(model), "--data", str(animals), "--groups", r"^(\w+)/"])

    assert code == 2
    assert "in too few groups" in " ".join(capsys.readouterr().err.split())


def test_folders_that_make_no_folds_are_no_reason_to_refuse(
    model: Path, animals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in CLASSES:
        (animals / kind).rename(animals / "moved")
        (animals / kind).mkdir()
        (animals / "moved").rename(animals / kind / f"all the {kind}s")

    assert main(["calibrate", str(model), "--data", str(animals)]) == 0

    rejection = artifact.read(model).metadata.rejection
    assert rejection is not None
    assert not rejection.left_out
    assert "4 sources of pictures, by folders" in capsys.readouterr().err


def known_share(model: Path, folder: Path) -> float:
    answers = [answer for _, answer in classify_files(Recognizer.open(model), map(str, sorted(folder.rglob("*.png"))))]
    return float(np.mean([isinstance(answer, Prediction) and answer.known for answer in answers]))


def test_without_unknown_pictures_other_things_are_told_apart(model: Path, animals: Path, others: Path) -> None:
    found = calibrated(model, animals)

    assert (found.rejection.method, found.rejection.comparison) == ("neighbours", ())
    assert known_share(model, animals) > 0.8
    assert known_share(model, others) < 0.1


def test_with_unknown_pictures_the_methods_are_compared(model: Path, animals: Path, others: Path) -> None:
    found = calibrated(model, animals, others)

    assert {row.method for row in found.rejection.comparison} >= {"energy", "neighbours_and_unknown"}
    assert set(found.rejection.comparison[0].unknown) == {"colour"}
    assert known_share(model, animals) > 0.8
    assert known_share(model, others) < 0.1


def test_the_graph_is_still_that_of_the_file(model: Path, animals: Path) -> None:
    before = graph_files.find(model)
    assert before is not None
    digest = before.source.digest

    calibrated(model, animals)

    after = graph_files.find(model)
    assert after is not None
    assert after.source.digest == artifact.digest(model) != digest
    assert after.compared() == before.compared()


def test_the_file_and_the_graph_have_the_same_numbers(model: Path, animals: Path, others: Path) -> None:
    calibrated(model, animals, others)

    from_file, graphs = artifact.read(model), graph_files.find(model)

    assert from_file.ood_score is not None
    assert graphs is not None
    assert graphs.source.ood_score is not None
    assert graphs.source.ood_score.to_array().tolist() == from_file.ood_score.to_array().tolist()
    assert graphs.source.metadata == from_file.metadata


def test_the_file_says_what_was_measured(model: Path, animals: Path) -> None:
    found = calibrated(model, animals)

    results = artifact.read(model).metadata.results
    assert results["validation"] == {"accuracy": 1.0, "n": 4}
    assert results["calibration"]["pictures"] == 12
    assert results["calibration"]["engine"] == "openvino int8"
    assert results["calibration"]["after"]["log_loss"] == found.errors.after.log_loss
    assert sum(results["calibration"]["scores"]["counts"]) == 12
    assert sum(results["calibration"]["likenesses"]["counts"]) == 12


def test_the_file_says_how_it_did_on_sources_held_back_and_names_none(model: Path, animals: Path) -> None:
    pictures = scan(animals)
    groups = {image: f"farm {int(image.path.stem) // 2}" for image in pictures.images}
    copies = {image: number for number, image in enumerate(pictures.images)}
    by_farm = split.by_group(pictures, groups, copies=copies, fraction=0.2, seed=1)

    calibrate(model, model, by_farm, Recipe(), sources=split.Sources(groups, ()))

    found = artifact.read(model).metadata.measured.by_source
    assert found is not None
    assert found.right is not None
    assert found.accepted is not None
    held_back = {groups[image] for image in by_farm.validation}
    assert (found.right.sources, found.right.pictures) == (len(held_back), len(by_farm.validation))
    assert "farm" not in str(found.to_dict())


def test_of_other_pictures_than_the_trainings_no_source_is_said_to_be_held_back(tmp_path: Path, animals: Path) -> None:
    metadata = small_metadata(provenance={"data": {"validation_digest": "sha256:another"}})
    model = write_model(tmp_path / "models" / "animals-1.h5", metadata)
    write_graph(model, kind="int8", metadata=metadata)
    groups = {image: f"farm {image.path.stem}" for image in scan(animals).images}
    copies = {image: number for number, image in enumerate(groups)}
    by_farm = split.by_group(scan(animals), groups, copies=copies, fraction=0.1, seed=1)

    calibrate(model, model, by_farm, Recipe(), sources=split.Sources(groups, ()))

    found = artifact.read(model).metadata.measured.by_source
    assert found is not None
    assert found.right is None


def test_sources_that_were_learned_from_do_not_count(model: Path, animals: Path) -> None:
    groups = dict.fromkeys(scan(animals).images, "one farm")

    calibrate(model, model, parts(animals), Recipe(), sources=split.Sources(groups, ()))

    found = artifact.read(model).metadata.measured.by_source
    assert found is not None
    assert found.right is None


def test_with_a_head_each_source_left_out_in_turn_says_how_many_are_accepted(model: Path, animals: Path) -> None:
    pictures = scan(animals)
    groups = {image: f"farm {image.path.stem}" for image in pictures.images}
    copies = {image: number for number, image in enumerate(pictures.images)}
    by_farm = split.by_group(pictures, groups, copies=copies, fraction=0.1, seed=1)
    random = np.random.default_rng(1)
    head = BackboneHead(random.normal(size=(6, 3)).astype(np.float32), np.zeros(6, np.float32), None)

    calibrate(model, model, by_farm, Recipe(), sources=split.Sources(groups, ()), head=head)

    found = artifact.read(model).metadata.measured.by_source
    assert found is not None
    assert found.accepted is not None
    assert found.accepted.sources == len({groups[image] for image in by_farm.train})
    assert found.accepted.expected is not None


def test_a_temperature_that_suits_the_pictures_held_back_is_set(model: Path, animals: Path) -> None:
    found = calibrated(model, animals)

    # All 12 are answered right, which of so few pictures says no more than that 13 of 16 would be (Platt 1999).
    assert artifact.read(model).metadata.temperature == found.temperature > 1


def test_calibrating_again_replaces_what_was_there(model: Path, animals: Path, others: Path) -> None:
    calibrated(model, animals, others)
    once = model.stat().st_size

    for _ in range(3):
        calibrated(model, animals)

    assert model.stat().st_size < 2 * once
    rejection = artifact.read(model).metadata.rejection
    assert rejection is not None
    assert rejection.comparison == ()


def test_pictures_that_cannot_be_read_are_passed_over(model: Path, animals: Path, others: Path) -> None:
    (others / "colour" / "broken-001.png").write_bytes(b"no picture")

    found = calibrated(model, animals, others)

    assert found.rejection.unknown_kinds in {0, 4}


# By a head of the backbone


def eight_colours() -> BackboneHead:
    """Which knows more colours than are trained."""
    colours = np.array([*CLASSES.values(), *OTHERS.values()]) / 25.5  # (8, 3), as the network gives them
    centred = 2 * (colours - colours.mean(axis=0))
    bias = -np.square(centred).sum(axis=1) / 4 - centred @ colours.mean(axis=0)
    return BackboneHead(centred.astype(np.float32), bias.astype(np.float32), None)


def calibrated_by_head(model: Path, animals: Path, **options: Any) -> HeadRejection:
    rejection = calibrate(model, model, parts(animals), Recipe(), **options).rejection
    assert isinstance(rejection, HeadRejection)
    return rejection


def test_a_head_of_the_backbone_tells_colours_that_no_picture_was_of(model: Path, animals: Path, others: Path) -> None:
    rejection = calibrated_by_head(model, animals, head=eight_colours())

    assert (rejection.backbone_classes, rejection.outputs, rejection.accepted_share) == (8, 5, 0.95)
    assert known_share(model, animals) > 0.9
    assert known_share(model, others) < 0.5


def test_the_file_keeps_the_head_so_that_it_can_be_calibrated_again(model: Path, animals: Path) -> None:
    first = calibrated_by_head(model, animals, head=eight_colours())
    kept = artifact.read(model).ood_score

    again = calibrated_by_head(model, animals)

    assert isinstance(kept, HeadScore)
    now = artifact.read(model).ood_score
    assert isinstance(now, HeadScore)
    assert now.backbone.kernel.tolist() == kept.backbone.kernel.tolist()
    assert (now.backbone.centre == kept.backbone.centre).all()
    assert again.threshold == pytest.approx(first.threshold, abs=0.5)


def test_pictures_of_other_things_are_learned_from_beside_it(
    model: Path, animals: Path, others: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calibrated_by_head(model, animals, head=eight_colours())

    code = main(["calibrate", str(model), "--data", str(animals), "--unknown", str(others)])

    said = capsys.readouterr().out
    assert code == 0
    assert known_share(model, animals) > 0.9
    assert known_share(model, others) < 0.1
    assert "by a rejection head on what the backbone knew first, so that 95 % of" in " ".join(said.split())


def test_graph_and_file_have_the_same_numbers_of_a_head(model: Path, animals: Path) -> None:
    calibrated_by_head(model, animals, head=eight_colours())

    from_file, graphs = artifact.read(model).ood_score, graph_files.find(model)

    assert from_file is not None
    assert graphs is not None
    assert graphs.source.ood_score is not None
    assert graphs.source.ood_score.to_array().tolist() == from_file.to_array().tolist()


# The command


def test_the_command_writes_another_version_beside_the_old_one(
    model: Path, animals: Path, others: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, before = model.with_name("animals-2.h5"), model.read_bytes()
    options = ["--data", str(animals), "--unknown", str(others), "--out", str(out)]

    code = main(["calibrate", str(model), *options])

    said = capsys.readouterr()
    assert code == 0
    assert model.read_bytes() == before
    assert Recognizer.open(out).metadata.version == "2"
    assert known_share(out, others) < 0.1
    assert "maximum probability" in said.out
    assert "95 % of the pictures held back" in said.out
    assert said.err.count("Other things: 48 pictures") == 1
    assert "not just the pictures that the model was trained on" in said.err.replace("\n", " ")


def test_the_command_calibrates_in_place(model: Path, animals: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["calibrate", str(model), "--data", str(animals), "--accepted-share", "1"])

    assert code == 0
    rejection = Recognizer.open(model).metadata.rejection
    assert rejection is not None
    assert rejection.accepted_share == 1


def test_the_pictures_held_back_are_those_of_the_training(model: Path, animals: Path, tmp_path: Path) -> None:
    from training.audit.inspect import audit
    from training.commands.calibrate import parts_of

    audited = audit(scan(animals))
    trained = split.by_content(audited.dataset, validation_fraction=0.4, seed=7, groups=audited.groups)
    held_back = Dataset(audited.dataset.class_names, trained.validation)
    data = {"digest": audited.dataset.digest(), "validation_digest": held_back.digest()}
    metadata = small_metadata(provenance={"recipe": {"seed": 7, "validation_fraction": 0.4}, "data": data})

    assert parts_of(metadata, audited) == (trained, 7)


@pytest.mark.parametrize(
    ("missing", "said"),
    [("horse", "Expected a folder for each class"), ("cat", "Expected a folder for each class")],
)
def test_each_class_of_the_model_needs_its_folder(
    model: Path, animals: Path, capsys: pytest.CaptureFixture[str], missing: str, said: str
) -> None:
    (animals / missing).rename(animals / "fox")

    assert main(["calibrate", str(model), "--data", str(animals)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("kinds", "said"), [(3, "of kinds that it had not been shown;"), (2, "may flatter;")])
def test_the_table_says_whether_whole_kinds_were_left_out(kinds: int, said: str) -> None:
    from training.commands.calibrate import _comparison

    compared = Compared(method="rejection_head", unknown={"other": Spread(mean=0.1, lowest=0.0, highest=0.2)})

    table = _comparison(make_head_rejection(comparison=(compared,), unknown_kinds=kinds, trials=3))

    assert said in str(table.caption)


def test_too_few_unknown_pictures_change_nothing(
    model: Path, animals: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "few").mkdir()
    before = model.read_bytes()

    assert main(["calibrate", str(model), "--data", str(animals), "--unknown", str(tmp_path / "few")]) == 2
    assert "at least 10" in capsys.readouterr().err
    assert model.read_bytes() == before


def test_the_pictures_held_back_are_those_of_a_training_by_groups(animals: Path) -> None:
    from training.audit.inspect import audit
    from training.commands.calibrate import parts_of

    audited = audit(scan(animals))
    named = {image: image.path.stem[-1] for image in audited.dataset.images}
    trained = split.by_group(audited.dataset, named, copies=audited.groups, fraction=0.2, seed=1)
    held_back = Dataset(audited.dataset.class_names, trained.validation)
    metadata = small_metadata(
        provenance={
            "recipe": {"seed": 1, "validation_fraction": 0.2},
            "data": {"validation_digest": held_back.digest()},
        }
    )

    assert parts_of(metadata, audited, named) == (trained, 1)


def twins(animals: Path) -> Audit:
    """The pictures of a folder, each of which nearly shows what the next one does."""
    images = scan(animals)
    places = {image: number // 2 for number, image in enumerate(images.images)}
    return Audit(images, (), (), places, summarize({}, {}, []))


def test_pictures_of_another_training_are_divided_with_their_near_copies_together(
    animals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from training.commands.calibrate import parts_of

    audited = twins(animals)

    parts, _ = parts_of(small_metadata(provenance={"data": {"validation_digest": "sha256:" + "0" * 64}}), audited)

    assert "not just the pictures" in capsys.readouterr().err
    assert not {audited.groups[image] for image in parts.train} & {audited.groups[image] for image in parts.validation}


def test_pictures_of_a_first_model_are_divided_as_it_divided_them(animals: Path) -> None:
    from training.commands.calibrate import parts_of

    audited = twins(animals)
    metadata = small_metadata(provenance={"data": {"digest": audited.dataset.digest()}})

    parts, seed = parts_of(metadata, audited)

    fraction = Recipe().validation_fraction
    assert parts == split.by_content(audited.dataset, validation_fraction=fraction, seed=seed)
