from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.test import RequestFactory

from recognizer.errors import ImageTooLarge
from recognizer.images.decode import MAX_BYTES
from tests.webui.fakes import other_file
from webui.inference import uploads
from webui.inference.uploads import BoundedMemoryUploadHandler, Upload

CHUNK = MemoryFileUploadHandler.chunk_size


def receive(size: int) -> tuple[InMemoryUploadedFile, int]:
    """Feeds a file of so many bytes to the handler; returns it with the number of bytes that are in memory."""
    handler = BoundedMemoryUploadHandler()
    handler.new_file("image", "a.jpg", "image/jpeg", None)
    for start in range(0, size, CHUNK):
        handler.receive_data_chunk(bytes(min(CHUNK, size - start)), start)
    file = handler.file_complete(size)
    return file, len(file.read())


def test_a_file_at_the_limit_is_kept_whole() -> None:
    file, kept = receive(MAX_BYTES)

    assert (file.size, kept) == (MAX_BYTES, MAX_BYTES)


def test_of_a_file_over_the_limit_only_the_size_is_kept() -> None:
    file, kept = receive(MAX_BYTES + 3 * CHUNK + 1)

    assert file.size == MAX_BYTES + 3 * CHUNK + 1
    assert kept < CHUNK * 4


def test_a_large_upload_stays_off_the_disk(tmp_path: Path, settings: Any) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "missing")  # Django would fail to write here.
    request = RequestFactory().post("/", {"image": other_file("a.bmp", bytes(5 * 2**20))})

    [upload] = uploads.form_uploads(request)

    assert len(upload.content()) == 5 * 2**20


def test_dropped_bytes_are_told_as_too_large() -> None:
    with pytest.raises(ImageTooLarge, match="more than 50 MB"):
        Upload("a.jpg", None).content()


@pytest.mark.parametrize(("text", "length"), [("12", 12), ("", 0), (None, 0), ("-1", 0), ("x", 0), ("²", 0)])
def test_a_length_that_is_no_number_counts_as_none(text: str | None, length: int) -> None:
    assert uploads.declared_length({"CONTENT_LENGTH": text}) == length
