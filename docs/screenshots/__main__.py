"""Takes the pictures in `docs/images`: python -m docs.screenshots [name ...]."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from PIL import Image

from docs.screenshots import actors, camera, montage
from docs.screenshots.camera import EVERY_VIEW, HIGH_VIEW, LARGE_VIEWS, Camera
from docs.screenshots.scenes import BEFORE_ANYBODY_CAME, IN_README, PAGE, SCENES, Scene
from docs.screenshots.stage import ROOT, staged

IMAGES = ROOT / "docs" / "images"
_ROW_PX = 400


def main(names: Sequence[str]) -> None:
    """Takes all pictures, or those of these names."""
    with staged() as stage, camera.opened(stage.address) as opened:
        _take(opened, BEFORE_ANYBODY_CAME, names)
        actors.fill(stage)
        if not names or "pages" in names:
            _save("pages", montage.grid(_of_four(opened), columns=2, height=_ROW_PX))
        _take(opened, SCENES, names)
        if not names or "page" in names:
            _save("page", montage.opened(opened.take(PAGE, HIGH_VIEW)))


def _take(opened: Camera, scenes: Iterable[Scene], names: Sequence[str]) -> None:
    for scene in scenes:
        if not names or scene.name in names:
            shots = [opened.take(scene, view) for view in EVERY_VIEW]
            _save(scene.name, montage.grid(shots, columns=2, height=_ROW_PX))


def _of_four(opened: Camera) -> list[bytes]:
    """Four pages, each in another way."""
    scenes = {scene.name: scene for scene in SCENES}
    return [opened.take(scenes[name], view) for name, view in zip(IN_README, LARGE_VIEWS, strict=True)]


def _save(name: str, picture: Image.Image) -> None:
    size = montage.write(picture, IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png  {picture.width} x {picture.height}  {size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
