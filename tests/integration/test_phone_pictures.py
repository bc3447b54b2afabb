"""Pictures as phones make them, lying HEICs and JPEGs of 50 megapixels: each door answers as for their plain copies."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from recognizer import Recognizer
from recognizer.cli import main as recognizer_main
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.integration.conftest import ROOT, encoded
from tests.integration.multipart import post_form
from tests.recognizer.fakes import turned_away
from tests.training.conftest import COLOURS, draw, fit, make_recipe

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

pytestmark = pytest.mark.slow

LYING = 6
"""The EXIF orientation of a phone that is held upright."""
SIZES = {"copy.jpg": (2016, 1512), "phone.heic": (2016, 1512), "large.jpg": (8160, 6144)}


def heic(picture: Image.Image, *, orientation: int, quality: int = 95) -> bytes:
    """The picture as HEIC: its pixels lie as the orientation says, and the file says how to turn them."""
    import pillow_heif

    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    lying = pillow_heif.from_pillow(turned_away(picture, orientation))
    lying.save(buffer, quality=quality, exif=exif.tobytes(), enc_params={"preset": "ultrafast"})
    return buffer.getvalue()


def drawing(size: tuple[int, int]) -> Image.Image:
    """The drawn horse of the samples: a horse however large it is, but lying taken for a cat."""
    with Image.open(ROOT / "webui/static/webui/samples/horse.jpg") as horse:
        return horse.convert("RGB").resize(size, Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn picture as a plain JPEG, as a phone's HEIC, and with 50 megapixels; nothing else."""
    folder = tmp_path_factory.mktemp("phone")
    drawn = {name: drawing(size) for name, size in SIZES.items()}
    (folder / "copy.jpg").write_bytes(encoded(drawn["copy.jpg"]))
    (folder / "phone.heic").write_bytes(heic(drawn["phone.heic"], orientation=LYING))
    (folder / "large.jpg").write_bytes(encoded(drawn["large.jpg"]))
    return folder


def assert_all_are_the_same(scores: dict[str, dict[str, float]]) -> None:
    assert set(scores) == set(SIZES)
    assert len(scores["copy.jpg"]) == 4
    for name in SIZES:
        assert scores[name] == pytest.approx(scores["copy.jpg"], abs=0.01), name


def assert_all_are_answered(predictions: list[dict[str, Any]], *, by: str) -> None:
    """Upright, and with the scores of the plain copy."""
    named = {Path(prediction[by]).name: prediction for prediction in predictions}
    assert {name: (found["width"], found["height"]) for name, found in named.items()} == SIZES
    assert_all_are_the_same(
        {name: {entry["label"]: entry["score"] for entry in found["top"]} for name, found in named.items()}
    )


def test_the_api_answers_them_as_their_copies(server: str, folder: Path) -> None:
    status, body = post_form(f"{server}/api/v1/classify", [(name, (folder / name).read_bytes()) for name in SIZES])

    assert status == 200
    assert_all_are_answered(json.loads(body)["predictions"], by="filename")


def test_so_does_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = recognizer_main(["classify", "--json", str(folder)])

    assert code == 0
    assert_all_are_answered(json.loads(capsys.readouterr().out)["predictions"], by="path")


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS) as chromium:
        yield chromium


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
def test_so_does_the_page(chromium: Browser, server: str, folder: Path, *, script: bool) -> None:
    with chromium.new_context(base_url=server, java_script_enabled=script) as context:
        page = context.new_page()
        page.goto("/")
        page.set_input_files("#choose", [folder / name for name in SIZES])
        if not script:
            page.locator("#upload button[type=submit]").first.click()
        page.locator(".result-card:not(.result-card-waiting) .bars meter").nth(4 * len(SIZES) - 1).wait_for()

        meters = "meters => Object.fromEntries(meters.map(one => [one.getAttribute('aria-label'), one.value]))"
        cards = {name: page.locator(".result-card", has=page.get_by_text(name, exact=True)) for name in SIZES}
        assert_all_are_the_same(
            {name: card.locator(".bars meter").evaluate_all(meters) for name, card in cards.items()}
        )
        drawn = "image => image.complete && image.naturalWidth / image.naturalHeight"
        for name, card in cards.items():
            assert card.locator(".result-card-image").evaluate(drawn) == pytest.approx(4 / 3, abs=0.02), name


@pytest.mark.tensorflow
def test_training_learns_from_them_as_from_their_copies(
    tiny_architecture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, colour in COLOURS.items():
        (tmp_path / "colours" / name).mkdir(parents=True)
        for number in range(12):
            picture, path = draw(colour, seed=number, size=(128, 96)), tmp_path / "colours" / name / str(number)
            if name == "green":
                path.with_suffix(".heic").write_bytes(heic(picture, orientation=LYING))
            else:
                picture.save(path.with_suffix(".png"))

    fitted = fit([tmp_path / "colours"], make_recipe(tiny_architecture), tmp_path / "colours-1.h5")

    trained = Recognizer.open(fitted.path)
    unseen = draw(COLOURS["green"], seed=999, size=(128, 96))
    of_phone, of_copy = (trained.classify(data) for data in (heic(unseen, orientation=LYING), encoded(unseen)))
    assert trained.metadata.provenance["data"]["images"] == {"blue": 12, "green": 12, "red": 12}
    assert of_phone.label == of_copy.label == "green"
    assert (of_phone.width, of_phone.height) == (128, 96)
    assert of_phone.top[0].score == pytest.approx(of_copy.top[0].score, abs=0.01)
