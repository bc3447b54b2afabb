"""Pictures of other things that differ from those of the classes in size or sharpness."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from tests.training.drawings import draw_scenes, encoded, scene
from training.audit.findings import FindingKind
from training.audit.inspect import inspect
from training.data.dataset import scan


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

    assert said[0] == "Those of other things are smaller: 60 against 240 in the middle (pixels on the short side)."


def test_softer_pictures_of_other_things_are_said(tmp_path: Path) -> None:
    [said] = details(tmp_path, lambda picture: picture.filter(ImageFilter.GaussianBlur(4)))

    assert said.startswith("Those of other things are softer: ")
