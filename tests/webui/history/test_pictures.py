"""Pictures as files: small, without metadata, whole or not at all."""

from __future__ import annotations

import base64
import io
import time
import uuid
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from recognizer.images import decode, icc
from tests.recognizer.fakes import BLUE, RED, encoded, quadrants
from webui.classify.result_card import data_uri
from webui.history import pictures

ANSWER = uuid.UUID("3fa10000-0000-4000-8000-000000000001")
SECRETS = (b"Exif", b"GPS", b"http://ns.adobe.com", b"secret", b"ICC_PROFILE", b"Photoshop")


def photograph() -> bytes:
    """A JPEG with a place, a comment, a colour profile and XMP."""
    exif = Image.Exif()
    exif[0x010E] = "secret description"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>secret</x:xmpmeta>"
    buffer = io.BytesIO()
    quadrants(600, 400).save(
        buffer, "JPEG", exif=exif, comment=b"secret comment", icc_profile=profile, xmp=xmp, dpi=(72, 72)
    )
    return buffer.getvalue()


def saved(picture: Image.Image) -> Path:
    pictures.save(ANSWER, pictures.shrunk(picture))
    return pictures.path_of(ANSWER)


@pytest.mark.parametrize("size", [(600, 400), (300, 200)])
def test_nothing_but_pixels_is_kept(size: tuple[int, int]) -> None:
    source = photograph()
    assert all(secret in source for secret in (b"Exif", b"secret", b"ICC_PROFILE"))
    decoded = decode.decode(source).rgb.resize(size)

    written = saved(decoded).read_bytes()

    assert [secret for secret in SECRETS if secret in written] == []


def test_nothing_but_pixels_is_kept_of_a_picture_that_is_not_made_smaller() -> None:
    with Image.open(io.BytesIO(photograph())) as source:
        source.thumbnail((300, 300))
        assert source.info["comment"] == b"secret comment"
        written = saved(source).read_bytes()

    assert [secret for secret in SECRETS if secret in written] == []


@pytest.mark.parametrize("side", [300, 900])
@pytest.mark.parametrize("profile", [icc.ADOBE_RGB, icc.DISPLAY_P3, icc.PRO_PHOTO_RGB])
def test_copies_have_the_colours_that_the_picture_has(profile: bytes, side: int) -> None:
    srgb = Image.new("RGB", (side, side), (200, 60, 40))
    wide = ImageCms.profileToProfile(
        srgb, ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(io.BytesIO(profile))
    )
    assert wide is not None
    picture = decode.decode(encoded(wide, "PNG", icc_profile=profile))

    copy = saved(picture.rgb).read_bytes()

    card = base64.b64decode(data_uri(picture).partition(",")[2])
    for file in (copy, pictures.thumbnail(ANSWER) or b"", card):
        assert b"ICC_PROFILE" not in file
        assert np.abs(np.asarray(Image.open(io.BytesIO(file))).astype(int) - (200, 60, 40)).max() <= 6


def test_a_png_with_texts_leaves_them_behind(tmp_path: Path) -> None:
    source = quadrants(50, 40)
    source.info |= {"comment": b"secret", "xmp": b"secret", "exif": b"Exif\0\0secret", "Author": "secret"}

    written = saved(source).read_bytes()

    assert b"secret" not in written


def test_the_picture_that_is_classified_keeps_its_own_record() -> None:
    source = quadrants(50, 40)
    source.info["comment"] = b"mine"

    pictures.shrunk(source)

    assert source.info == {"comment": b"mine"}


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1024, 768), (512, 384)), ((100, 80), (100, 80)), ((9000, 3), (512, 1)), ((3, 9000), (1, 512))],
)
def test_pictures_have_at_most_512_pixels_a_side(size: tuple[int, int], expected: tuple[int, int]) -> None:
    with Image.open(saved(Image.new("RGB", size, RED))) as kept:
        assert (kept.size, kept.format, kept.mode) == (expected, "JPEG", "RGB")


def test_other_kinds_of_pixels_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected a picture of mode 'RGB'\. Received: mode='CMYK'"):
        pictures.save(ANSWER, Image.new("CMYK", (4, 4)))


def test_only_the_server_may_read_the_files() -> None:
    path = saved(quadrants())

    folders = (path.parent, path.parent.parent)
    assert [place.stat().st_mode & 0o777 for place in (path, *folders)] == [0o600, 0o700, 0o700]


def test_the_size_of_the_file_is_returned() -> None:
    size = pictures.save(ANSWER, quadrants())

    assert size == pictures.path_of(ANSWER).stat().st_size


def test_a_picture_that_cannot_be_written_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(quadrants())
    before = path.read_bytes()

    def fail(draft: Path, target: Path) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        saved(Image.new("RGB", (9, 9), BLUE))

    assert list(path.parent.iterdir()) == [path]
    assert path.read_bytes() == before


def test_thumbnails_have_at_most_160_pixels_a_side() -> None:
    saved(Image.new("RGB", (512, 256), RED))

    with Image.open(io.BytesIO(pictures.thumbnail(ANSWER) or b"")) as small:
        assert small.size == (160, 80)


@pytest.mark.parametrize("content", [None, b"", b"no picture", photograph()[:900]])
def test_what_is_no_picture_has_no_thumbnail(content: bytes | None) -> None:
    path = saved(quadrants())
    path.unlink() if content is None else path.write_bytes(content)

    assert pictures.thumbnail(ANSWER) is None


def test_removing_what_is_not_there_is_no_error() -> None:
    saved(quadrants())

    pictures.remove([uuid.uuid4(), ANSWER])

    assert not pictures.path_of(ANSWER).exists()


def test_files_of_others_and_those_that_go_away_are_passed_over() -> None:
    folder = saved(quadrants()).parent
    (folder / "holiday.jpg").write_bytes(b"")
    (folder / f"{uuid.uuid4()}.jpg").symlink_to(folder / "gone")

    assert list(pictures.kept_before(time.time() + 1)) == [ANSWER]


def test_drafts_of_a_process_that_was_killed_are_removed() -> None:
    folder = saved(quadrants()).parent
    (folder / ".tmp1234").write_bytes(b"half")

    pictures.remove_drafts_before(time.time() + 1)

    assert [path.name for path in folder.iterdir()] == [f"{ANSWER}.jpg"]
