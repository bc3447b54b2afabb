"""What became of each picture of a training, and how another model does on the same ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from scipy.stats import hypergeom

from recognizer import architectures
from recognizer.errors import ArtifactError
from tests.recognizer.fakes import RED, make_recognizer
from tests.training.answers import make_answered
from tests.training.conftest import draw, make_recipe
from training import outcome
from training.audit.image_check import Quality
from training.audit.inspect import Audit
from training.audit.summary import summarize
from training.data.dataset import Dataset, LabelledImage
from training.data.split import Split
from training.errors import RecipeError
from training.evaluation.confidence_intervals import Share
from training.evaluation.evaluate import Answered, Evaluation, evaluate
from training.job import Job
from training.outcome import Rival

CLASSES = ("cat", "chicken", "dog")
SHARP = Quality(darkest=10, brightest=200, contrast=50, sharpness=900)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Red pictures, which the fake takes for cats: twelve called cats, three called dogs."""
    for number in range(15):
        path = tmp_path / ("cat" if number < 12 else "dog") / f"{number:02}.png"
        path.parent.mkdir(exist_ok=True)
        draw(RED, number).save(path)
    return tmp_path


def image_of(path: Path) -> LabelledImage:
    return LabelledImage(path, CLASSES.index(path.parent.name), f"{int(path.stem):064x}")


def job_of(folder: Path, *, trained_on: int = 4) -> Job:
    """The first pictures are trained on, the others held back."""
    images = tuple(map(image_of, sorted(folder.rglob("*.png"))))
    data = Dataset(CLASSES, images, folders=(folder,))
    preprocessing = architectures.preprocessing_of("resnet50")
    return Job(data, Split(images[:trained_on], images[trained_on:]), make_recipe("resnet50"), preprocessing)


def audit_of(job: Job, copies: Sequence[Sequence[int]] = (), dark: Sequence[int] = ()) -> Audit:
    """Pictures by their numbers."""
    images = job.dataset.images
    groups = {image: number for number, image in enumerate(images)}
    groups |= {images[number]: same[0] for same in copies for number in same}
    qualities = {image: replace(SHARP, brightest=40 if n in dark else 200) for n, image in enumerate(images)}
    return Audit(job.dataset, (), (), groups, summarize({}, {}, []), qualities)


def answers_of(job: Job) -> Evaluation:
    return evaluate(make_recognizer(), job.held_back)


def always_cats(job: Job) -> Evaluation:
    answered = [make_answered(CLASSES[image.label], {"cat": 0.8, "dog": 0.2}) for image in job.parts.validation]
    placed = (replace(each, path=image.path) for each, image in zip(answered, job.parts.validation, strict=True))
    return Evaluation(CLASSES, tuple(placed), ())


def test_the_file_says_of_each_picture_what_became_of_it(folder: Path, tmp_path: Path) -> None:
    job = job_of(folder)
    audited = audit_of(job, copies=[(3, 7)])

    outcome.write(tmp_path / "outcome.json", answers_of(job), job, audited, [])

    written = json.loads((tmp_path / "outcome.json").read_text())
    assert written["pictures"][3] == {"file": "cat/03.png", "class": "cat", "part": "training", "group": 3}
    assert written["pictures"][7] == {"file": "cat/07.png", "class": "cat", "part": "held_back", "group": 3}
    assert len(written["answers"]) == 11
    wrong = [answer for answer in written["answers"] if answer["said"] != answer["actual"]]
    assert [(answer["file"], answer["said"]) for answer in wrong] == [(f"dog/{n}.png", "cat") for n in (12, 13, 14)]


def test_a_name_that_is_not_utf_8_is_told_too(folder: Path, tmp_path: Path) -> None:
    plain_name = job_of(folder)
    first, *others = plain_name.parts.train
    odd = replace(first, path=first.path.with_name("caf\udce9.png"))
    images = tuple(odd if image == first else image for image in plain_name.dataset.images)
    parts = replace(plain_name.parts, train=(odd, *others))
    job = replace(plain_name, dataset=replace(plain_name.dataset, images=images), parts=parts)

    outcome.write(tmp_path / "outcome.json", answers_of(job), job, audit_of(job), [])

    written = json.loads((tmp_path / "outcome.json").read_bytes())
    assert "cat/caf\udce9.png" in [picture["file"] for picture in written["pictures"]]


def test_a_place_that_cannot_be_written_to_is_found_out_before(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "x.json", tmp_path):
        with pytest.raises(RecipeError, match="cannot be written"):
            outcome.check_writable(path, tmp_path / "x-1.h5")

    assert list(tmp_path.iterdir()) == []


def test_no_file_of_another_kind_is_replaced(tmp_path: Path) -> None:
    old = tmp_path / "pets-1.h5"
    old.write_bytes(b"\x89HDF\r\n\x1a\n")

    for path in (old, tmp_path / "pets-2.h5"):
        with pytest.raises(RecipeError, match="another kind"):
            outcome.check_writable(path, tmp_path / "pets-2.h5")


def test_an_earlier_outcome_is_replaced(folder: Path, tmp_path: Path) -> None:
    path, job = tmp_path / "outcome.json", job_of(folder)
    outcome.write(path, answers_of(job), job, audit_of(job), [])

    outcome.check_writable(path, tmp_path / "pets-1.h5")


def test_another_model_is_compared_on_the_same_pictures(folder: Path) -> None:
    job = job_of(folder)

    found = outcome.versus(
        Rival(Path("old-1.h5")), always_cats(job), job, audit_of(job), open_model=lambda _: make_recognizer()
    )

    assert found.to_dict() == {
        "model": "old-1", "n": 11, "right": 8, "right_before": 8, "p_value": 1.0, "seen": 0,
    }  # fmt: skip
    assert found.sentence().startswith("Compared with old-1: No difference")


def test_what_the_other_one_was_trained_on_does_not_count_nor_do_its_copies(folder: Path) -> None:
    job = job_of(folder)
    seen = frozenset(f"{number:064x}" for number in (0, 5))  # 0 is trained on now too, and 6 is a copy of it.

    found = outcome.versus(
        Rival(Path("old-1.h5"), seen),
        answers_of(job),
        job,
        audit_of(job, copies=[(0, 6)]),
        open_model=lambda _: make_recognizer(),
    )

    assert (found.to_dict()["n"], found.seen) == (9, 2)
    assert found.sentence().endswith("2 held back do not count: old-1 was trained on those.")


def test_one_that_has_seen_everything_is_not_compared(folder: Path) -> None:
    job = job_of(folder)
    seen = frozenset(image.digest for image in job.parts.validation)

    found = outcome.versus(Rival(Path("old-1.h5"), seen), answers_of(job), job, audit_of(job))

    assert found.to_dict()["n"] == 0
    assert "trained on all pictures held back" in found.sentence()


def test_one_that_cannot_be_opened_hinders_nothing(folder: Path) -> None:
    job = job_of(folder)

    def refuse(path: Path) -> None:
        raise ArtifactError(f"{path} is damaged.")

    found = outcome.versus(Rival(Path("old-1.h5")), answers_of(job), job, audit_of(job), open_model=refuse)  # type: ignore[arg-type]

    assert found.sentence() == "Not compared with old-1: old-1.h5 is damaged."


def failing(image: LabelledImage, *, turned_away: bool) -> Answered:
    said = "cat" if turned_away else "chicken"
    return replace(make_answered(CLASSES[image.label], {said: 0.9}, known=not turned_away), path=image.path)


def test_that_failures_are_dark_is_judged_by_an_exact_test(folder: Path) -> None:
    job = job_of(folder, trained_on=0)
    images = job.dataset.images
    failures = [failing(image, turned_away=image is images[0]) for image in images[:4]]
    right = [
        replace(make_answered(CLASSES[image.label], {CLASSES[image.label]: 0.9}), path=image.path)
        for image in images[4:]
    ]

    (found,) = outcome.signs([*failures, *right], job, audit_of(job, dark=[0, 1, 2, 9]))

    assert found == {
        "sign": "dark", "failures": 3, "of_failures": 4, "others": 1, "of_others": 11,
        "p_value": pytest.approx(hypergeom(15, 4, 4).sf(2)),
    }  # fmt: skip


def test_without_failures_nothing_is_said_of_them(folder: Path) -> None:
    job = job_of(folder, trained_on=0)
    right = [replace(make_answered("cat", {"cat": 0.9}), path=image.path) for image in job.dataset.images[:12]]

    assert list(outcome.signs(right, job, audit_of(job, dark=[0]))) == []


@pytest.mark.parametrize(
    ("others", "told"), [(Share(24, 920), {"pictures": 920, "accepted": 24}), (Share(0, 0), None), (None, None)]
)
def test_other_things_are_told_as_they_were_counted(
    folder: Path, tmp_path: Path, others: Share | None, told: dict[str, int] | None
) -> None:
    job = job_of(folder)

    outcome.write(tmp_path / "outcome.json", answers_of(job), job, audit_of(job), [], others)

    assert json.loads((tmp_path / "outcome.json").read_bytes())["others"] == told


def test_digests_of_pictures_are_read(tmp_path: Path) -> None:
    (tmp_path / "seen.txt").write_text(f"{1:064x}\n{2:064x}\n\n")

    assert outcome.read_seen(tmp_path / "seen.txt") == {f"{1:064x}", f"{2:064x}"}


@pytest.mark.parametrize("content", [b"cat/1.jpg\n", b"\xff", b"A" * 64, b"\0" * 64])
def test_what_is_no_digest_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "seen.txt").write_bytes(content)

    with pytest.raises(RecipeError, match=r"seen\.txt"):
        outcome.read_seen(tmp_path / "seen.txt")
