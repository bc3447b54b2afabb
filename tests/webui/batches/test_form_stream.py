"""A form that arrives in pieces of any size is read as one that is in memory."""

from __future__ import annotations

import io

import pytest

from webui.batches.form_stream import FormStream
from webui.inference.form_parts import MAX_HEAD_BYTES, MalformedForm

BOUNDARY = b"xyz"
CONTENTS = [b"", b"a picture", b"\r\n--xy\r\n--xyzzy\r\n--xyz-\r\n", b"\r\n\r\n--xyz ends\r\n", bytes(3000)]


def form(contents: list[bytes], end: bytes = b"--\r\n") -> bytes:
    head = b'Content-Disposition: form-data; name="image"; filename="%d.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    parts = [b"--xyz\r\n" + head % number + content + b"\r\n" for number, content in enumerate(contents)]
    return b"".join(parts) + b"--xyz" + end


def stream(data: bytes, piece: int = 7, begun: bytes = b"") -> FormStream:
    file = io.BytesIO(data)
    return FormStream(lambda size: file.read(min(size, piece)), BOUNDARY, begun)


@pytest.mark.parametrize("piece", [1, 2, 7, 64, 100_000])
@pytest.mark.parametrize("end", [b"--", b"--\r\n", b"--\r\nand an epilogue"])
def test_parts_have_their_names_and_their_bytes(piece: int, end: bytes) -> None:
    read = stream(b"a preamble\r\n" + form(CONTENTS, end), piece)

    found = [(part.head.filename, part.head.media_type, b"".join(part.content)) for part in read.parts()]

    assert found == [(f"{number}.jpg", "image/jpeg", content) for number, content in enumerate(CONTENTS)]


def test_what_nobody_reads_is_passed_over() -> None:
    assert [part.head.filename for part in stream(form(CONTENTS)).parts()] == [f"{number}.jpg" for number in range(5)]


def test_what_was_read_already_counts() -> None:
    data = form([b"a picture"])

    assert [b"".join(part.content) for part in stream(data[9:], begun=data[:9]).parts()] == [b"a picture"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"--xyz",
        b"--xyz\r\nContent-Disposition: form-data",
        form([b"a picture"], end=b""),
        form([b"a picture"])[:-20],
        b"no boundary at all",
        b"--xyz\r\nX: " + b"a" * 2 * MAX_HEAD_BYTES + b"\r\n\r\n",
        b"--xyz\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==\r\n--xyz--",
        b"--xyz\r\nContent-Disposition: form-data" + b"; a=b" * 200 + b"\r\n\r\n\r\n--xyz--",
        b"--xyz\r\nContent-Disposition: form-data; filename*=utf-8''a; filename*0*=b\r\n\r\n\r\n--xyz--",
    ],
)
def test_one_that_is_broken_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedForm):
        [b"".join(part.content) for part in stream(data).parts()]
