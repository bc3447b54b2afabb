"""The page that `export --to web` makes: a model in the browser, from a folder, without a server or a network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from recognizer.model_file.artifact import Artifact
from recognizer.preprocessing import Preprocessing, resize_and_crop
from tests.recognizer.fakes import quadrants
from tests.training.export.test_handout import expected, small_model, with_head
from training.export import handout, web_runtime
from training.export.web_runtime import RuntimeMissing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.tensorflow, pytest.mark.slow]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return with_head(small_model(tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="module")
def folder(source: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a small network."""
    try:
        web_runtime.find()
    except RuntimeMissing as err:
        pytest.skip(str(err))
    made = tmp_path_factory.mktemp("export") / "page"
    assert handout.make(source, "web", made)
    return made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window without a network."""
    context = browser.new_context(offline=True, locale="en-GB")
    yield context.new_page()
    context.close()


def opened(page: Page, folder: Path) -> Page:
    page.goto(f"{folder.as_uri()}/index.html")
    page.locator("#choose").wait_for(state="visible")
    return page


def test_it_answers_as_the_model_does(source: Artifact, folder: Path, page: Page, tmp_path: Path) -> None:
    pictures = {"one.png": quadrants(90, 60), "two.png": quadrants(40, 80), "three.png": quadrants(300, 200)}
    for name, picture in pictures.items():
        picture.save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    opened(page, folder)

    page.set_input_files("#files", [tmp_path / name for name in (*pictures, "notes.txt")])
    page.locator("#answers li").nth(len(pictures)).wait_for()

    assert "small-things" in page.title()
    assert page.inner_text("#state") == "Ready. Your pictures stay on this device."
    refused, *cards = page.locator("#answers li").all()
    assert "notes.txt" in refused.inner_text()
    assert "cannot read this file" in refused.inner_text()
    preprocessing = source.metadata.preprocessing
    wanted = expected(source, np.stack([resize_and_crop(picture, preprocessing) for picture in pictures.values()]))
    for at, card in enumerate(reversed(cards)):
        found = {
            row.inner_text(): float(row.locator("+ dd").get_attribute("data-probability") or "")
            for row in card.locator("dt").all()
        }
        probabilities = dict(zip(source.metadata.class_names, wanted["probabilities"][at], strict=True))
        assert found == pytest.approx(probabilities, abs=2e-3)
        best = max(probabilities, key=lambda name: probabilities[name])
        assert card.locator("h2").inner_text() == (best if wanted["known"][at] else "None of these")


def test_it_scales_pictures_to_the_same_bits_as_training(source: Artifact, folder: Path, page: Page) -> None:
    opened(page, folder)
    trained = source.metadata.preprocessing
    rng = np.random.default_rng(5)
    for interpolation, fit, crop, (height, width) in [
        ("bilinear", "stretch", 1.0, (61, 200)),
        ("lanczos", "crop", 0.875, (333, 150)),
        ("bicubic", "crop", 0.875, (333, 150)),
        ("bicubic", "crop", 0.5, (20, 31)),
        ("bicubic", "stretch", 1.0, (32, 32)),
        ("bicubic", "stretch", 1.0, (60, 45)),
        ("bicubic", "stretch", 1.0, (59, 45)),
        ("lanczos", "crop", 1.0, (28, 9)),
    ]:
        record = trained.model_copy(
            update={"input_size": 32, "fit": fit, "crop_fraction": crop, "interpolation": interpolation}
        )
        pixels = rng.integers(0, 256, (height, width, 3), np.uint8)

        np.testing.assert_array_equal(scaled(page, pixels, record), resize_and_crop(Image.fromarray(pixels), record))


def scaled(page: Page, pixels: np.ndarray, record: Preprocessing) -> np.ndarray:
    """What the page's own code makes of RGB pixels."""
    height, width, _ = pixels.shape
    data = np.concatenate([pixels, np.full((height, width, 1), 255, np.uint8)], axis=2).ravel().tolist()
    made = page.evaluate(
        "([data, width, height, model]) => [...prepare({ data, width, height }, model)]",
        [data, width, height, record.model_dump(mode="json")],
    )
    return np.array(made, np.uint8).reshape(record.input_size, record.input_size, 3)


def test_a_folder_that_was_copied_in_part_says_what_is_missing(folder: Path, page: Page, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    next((tmp_path / "copy" / "parts").glob("model-*.js")).unlink()

    page.goto(f"{(tmp_path / 'copy').as_uri()}/index.html")

    page.get_by_text("parts/model-000.js is missing. Copy the whole folder again").wait_for()


def test_it_speaks_chinese_and_fits_a_phone(folder: Path, browser: Browser) -> None:
    context = browser.new_context(offline=True, locale="zh-CN", viewport={"width": 320, "height": 640})
    page = opened(context.new_page(), folder)

    assert page.inner_text("#state") == "已就绪。图片不会离开您的设备。"
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    context.close()
