"""Pictures that differ in what is no thing: those of other things, and those of some classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from PIL import Image, ImageFilter
from PIL.Image import Transpose
from rich.console import Console

from tests.training.drawings import draw_scenes, encoded, scene
from training.audit.findings import FindingKind
from training.audit.inspect import inspect
from training.audit.table import print_audit
from training.audit.to_json import record
from training.data.dataset import scan
from training.plan import unlike
from training.report import audit_page


def details(tmp_path: Path, change: Callable[[Image.Image], Image.Image]) -> list[str]:
    """What the audit of twelve scenes says of twelve other ones that are changed."""
    (tmp_path / "others").mkdir()
    for number in range(12):
        (tmp_path / "others" / f"{number}.jpg").write_bytes(encoded(change(scene(100 + number)), quality=92))
    pictures = scan(draw_scenes(tmp_path / "data", each=6))
    found = inspect(pictures, unknown=sorted((tmp_path / "others").iterdir()))
    return [finding.detail for finding in found.findings if finding.kind is FindingKind.UNKNOWN_DIFFERS]


@pytest.mark.parametrize("change", [lambda picture: picture, lambda picture: picture.resize((1280, 960))])
def test_pictures_like_those_of_the_classes_raise_nothing_and_larger_ones_are_scaled_down(
    tmp_path: Path, change: Callable[[Image.Image], Image.Image]
) -> None:
    assert [detail for detail in details(tmp_path, change) if "pixels" in detail] == []


def test_smaller_pictures_of_other_things_are_said(tmp_path: Path) -> None:
    said = details(tmp_path, lambda picture: picture.resize((80, 60)))

    assert said[0] == (
        "Those of other things are smaller: 60 against 240 in the middle (pixels on the short side). Scale the larger"
        " ones down, or find others."
    )


def test_softer_pictures_of_other_things_are_said(tmp_path: Path) -> None:
    [said] = details(tmp_path, lambda picture: picture.filter(ImageFilter.GaussianBlur(4)))

    assert said.startswith("Those of other things are softer: ")


def test_grey_pictures_of_other_things_are_said(tmp_path: Path) -> None:
    [said] = details(tmp_path, lambda picture: picture.convert("L"))

    assert said.startswith("Those of other things are more often grey: 100 % against 0 % without colours.")


Change = Callable[[Image.Image], Image.Image]


def untouched(picture: Image.Image) -> Image.Image:
    return picture


def of_classes(tmp_path: Path, classes: Mapping[str, Change], *, quality: Mapping[str, int] | None = None) -> list[str]:
    """What the audit says of classes of twelve scenes each, which are changed and saved class by class."""
    for place, (name, change) in enumerate(classes.items()):
        (tmp_path / name).mkdir()
        for number in range(12):
            data = encoded(change(scene(100 * place + number)), quality=(quality or {}).get(name, 92))
            (tmp_path / name / f"{number}.jpg").write_bytes(data)
    found = inspect(scan(tmp_path))
    return [finding.detail for finding in found.findings if finding.kind is FindingKind.CLASSES_DIFFER]


def test_classes_that_differ_in_what_they_show_alone_raise_nothing(tmp_path: Path) -> None:
    assert of_classes(tmp_path, dict.fromkeys(("barn", "mill", "shed"), untouched)) == []


def test_a_class_of_small_pictures_is_said_with_what_a_model_would_learn(tmp_path: Path) -> None:
    small = {"shed": lambda picture: picture.resize((80, 60))}

    said = of_classes(tmp_path, {"barn": untouched, "mill": untouched, **small})

    assert said[0] == (
        "Pictures of 'shed' are smaller than those of 'barn' and 'mill': 60 against 240 in the middle (pixels on the"
        " short side). A model could learn to call whatever is smaller 'shed'. Scale the larger ones down, or find"
        " others."
    )


def test_a_class_without_colours_is_said(tmp_path: Path) -> None:
    [said] = of_classes(tmp_path, {"barn": untouched, "mill": lambda picture: picture.convert("L")})

    assert said.startswith("Pictures of 'mill' are more often grey than those of 'barn': 100 % against 0 %")


def test_two_sources_with_two_classes_each_are_said_once(tmp_path: Path) -> None:
    names = ("barn", "mill", "shed", "tower")

    said = of_classes(tmp_path, dict.fromkeys(names, untouched), quality={"mill": 30, "tower": 30})

    [found] = [detail for detail in said if "compressed" in detail]
    assert found.startswith(
        "Pictures of 'mill' and 'tower' are more compressed than those of 'barn' and 'shed': 30 agai"
    )


def test_a_class_of_upright_pictures_is_said(tmp_path: Path) -> None:
    [said] = of_classes(tmp_path, {"barn": untouched, "mill": lambda picture: picture.transpose(Transpose.ROTATE_90)})

    assert said.startswith("Pictures of 'barn' are wider than those of 'mill': 1.33 against 0.75 in the middle")


def test_compression_that_is_scaled_away_is_no_difference(tmp_path: Path) -> None:
    large = dict.fromkeys(("barn", "mill"), lambda picture: picture.resize((1280, 960)))

    assert of_classes(tmp_path, large, quality={"mill": 60}) == []


def test_whoever_trains_and_whoever_audits_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of_classes(tmp_path, {"barn": untouched, "mill": lambda picture: picture.convert("L")})
    audited = inspect(scan(tmp_path))

    print_audit(audited, Console(width=200))

    [planned] = unlike(audited)
    assert "Pictures of 'mill' are more often grey" in planned
    assert "Pictures of 'mill' are more often grey" in capsys.readouterr().out
    assert "Pictures of &#39;mill&#39; are more often grey" in audit_page.render(audited)
    [found] = [finding for finding in record(audited)["findings"] if finding["kind"] == "classes_differ"]
    assert found["detail"].startswith("Pictures of 'mill' are more often grey")
