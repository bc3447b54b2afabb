"""Every way in which clients send pictures, and what is said where there is none."""

from __future__ import annotations

import base64
import gzip
import json
import tracemalloc
import zlib
from typing import Any
from urllib.parse import quote

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from recognizer.errors import ImageTooLarge, InvalidImage, UnsupportedFormat
from recognizer.images.decode import MAX_BYTES
from tests.webui.conftest import SettingsOf
from tests.webui.fakes import image_bytes
from webui.inference import form_parts, uploads
from webui.inference.admission import Weight
from webui.problems import InvalidRequest, MissingImage

JPEG = image_bytes()
PNG = image_bytes(kind="PNG")
BASE64 = base64.b64encode(JPEG).decode()
DATA_URL = f"data:image/jpeg;base64,{BASE64}"
FORM = "multipart/form-data; boundary=x"
FORM_TYPE, JSON, CURL = "multipart/form-data", "application/json", "application/x-www-form-urlencoded"


def sent(body: bytes, content_type: str = "", **headers: str) -> HttpRequest:
    """A request, as it comes from the server."""
    return RequestFactory().generic("POST", "/api/v1/classify", body, content_type=content_type, headers=headers)


def pictures(body: bytes, content_type: str = "", **headers: str) -> list[bytes]:
    return [upload.content() for upload in uploads.read(sent(body, content_type, **headers)).pictures()]


def part(content: bytes, disposition: str, *lines: str) -> bytes:
    head = "\r\n".join(["--x", f"Content-Disposition: form-data; {disposition}", *lines])
    return head.encode() + b"\r\n\r\n" + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--x--\r\n"


def file(name: str = "image", content: bytes = JPEG, filename: str = "a.jpg") -> bytes:
    return part(content, f'name="{name}"; filename="{filename}"')


# A picture as the body.


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "image/jpeg",
        "image/png",
        "application/octet-stream",
        CURL,
        JSON,
        "text/plain",
        FORM,
        FORM_TYPE,
        "video/mp4",
        "?",
    ],
)
def test_a_picture_is_one_whatever_its_type_is_said_to_be(content_type: str) -> None:
    assert pictures(JPEG, content_type) == [JPEG]


@pytest.mark.parametrize("content_type", ["", "image/jpeg", "application/octet-stream"])
def test_what_is_meant_as_a_picture_is_left_to_the_decoder_to_refuse(content_type: str) -> None:
    assert pictures(b"no picture", content_type) == [b"no picture"]


@pytest.mark.parametrize("content_type", ["", CURL, "text/plain", "application/pdf"])
def test_a_file_of_another_kind_is_left_to_the_decoder_to_name(content_type: str) -> None:
    assert pictures(b"%PDF-1.7 ...", content_type) == [b"%PDF-1.7 ..."]


@pytest.mark.parametrize("content_type", ["text/plain", "video/mp4", "application/xml"])
def test_other_things_are_an_unsupported_format(content_type: str) -> None:
    with pytest.raises(UnsupportedFormat, match="Expected a multipart form"):
        uploads.read(sent(b"Dear Sir or Madam", content_type))


@pytest.mark.parametrize("content_type", ["", "image/jpeg", CURL, JSON])
def test_an_empty_body_is_a_missing_image(content_type: str) -> None:
    with pytest.raises(MissingImage):
        uploads.read(sent(b"", content_type))


def test_a_body_with_too_many_bytes_is_too_large() -> None:
    with pytest.raises(ImageTooLarge, match="more than 50 MB"):
        pictures(b"BM" + bytes(MAX_BYTES))


# Forms.


@pytest.mark.parametrize("name", ["image", "file", "photo", "images[]", "", "图片"])
def test_a_file_is_taken_whatever_its_field_is_called(name: str) -> None:
    assert pictures(form(file(name)), FORM) == [JPEG]


def test_the_files_of_several_fields_come_in_their_order() -> None:
    files = [file("b", JPEG), file("image", PNG), file("b", PNG), file("a", JPEG)]

    assert pictures(form(*files), FORM) == [JPEG, PNG, PNG, JPEG]


@pytest.mark.parametrize("count", [17, 100])
def test_more_than_sixteen_files_are_an_invalid_request(count: int) -> None:
    with pytest.raises(InvalidRequest, match="at most 16"):
        uploads.read(sent(form(*[file()] * count), FORM))


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "multipart/form-data",
        "multipart/form-data; boundary=y",
        "multipart/form-data; boundary*=unicode_escape''%5Cud800",
        CURL,
        "text/plain",
    ],
)
def test_the_boundary_is_found_where_the_content_type_does_not_say_it(content_type: str) -> None:
    assert pictures(form(file()), content_type) == [JPEG]


@pytest.mark.parametrize(
    "content_type",
    [FORM, 'multipart/form-data; boundary="x"', "multipart/mixed; boundary=x", "multipart/mixed; boundary*=''x"],
)
def test_the_boundary_may_be_quoted_and_the_form_of_another_kind(content_type: str) -> None:
    assert pictures(b"a preamble\r\n" + form(file()), content_type) == [JPEG]


def test_lines_may_end_without_a_carriage_return() -> None:
    body = b'--x\nContent-Disposition: form-data; name="image"; filename="a"\n\n' + JPEG + b"\n--x--\n"

    assert pictures(body, FORM) == [JPEG]


def test_the_last_line_may_lack_its_dashes() -> None:
    assert pictures(file() + b"--x\r\n", FORM) == [JPEG]


def test_a_boundary_inside_a_picture_is_part_of_it() -> None:
    picture = JPEG + b"--x--x\n--xy\r\n --x\r\n"

    assert pictures(form(file(content=picture)), FORM) == [picture]


@pytest.mark.parametrize(
    ("content", "disposition", "lines"),
    [
        (JPEG, 'name="image"', []),
        (b"no picture that we know", 'name="image"', ["Content-Type: image/jpeg"]),
        (BASE64.encode(), 'name="image"; filename="a.jpg"', ["Content-Transfer-Encoding: base64"]),
    ],
)
def test_a_part_that_is_or_says_it_is_a_picture_is_one(content: bytes, disposition: str, lines: list[str]) -> None:
    [picture] = pictures(form(part(content, disposition, *lines)), FORM)

    assert picture in {JPEG, content}


@pytest.mark.parametrize("text", [BASE64, DATA_URL])
def test_a_field_may_hold_a_picture_as_text(text: str) -> None:
    assert pictures(form(part(text.encode(), 'name="image"')), FORM) == [JPEG]


def test_what_is_beside_the_pictures_are_the_fields() -> None:
    body = form(part(b"hen.jpg", 'name="sample"'), part("猫".encode(), 'name="a"'), part(b"2", 'name="a"'), file())

    read = uploads.read(sent(body, FORM))

    assert (read.fields["sample"], read.fields.getlist("a"), len(read.uploads)) == ("hen.jpg", ["猫", "2"], 1)


@pytest.mark.parametrize(
    "body", [form(), form(part(b"text", 'name="image"')), form(part(b"", 'name="image"; filename=""'))]
)
def test_a_form_without_a_file_is_a_missing_image(body: bytes) -> None:
    with pytest.raises(MissingImage):
        uploads.read(sent(body, FORM)).pictures()


@pytest.mark.parametrize(
    "body",
    [
        b"--x\r\n",
        file()[:-20],
        file(),
        b"--x\r\n" + JPEG,
        part(b"abc", 'name="image"; filename="a"', "Content-Transfer-Encoding: base64") + b"--x--",
        form(part(JPEG, 'name="image"; filename="a"', "X: " + "y" * 20_000)),
        form(part(JPEG, 'name="image"; filename="a"' + ";" * 200)),
        form(part(JPEG, "name=image; filename*=utf-8''a; filename*0*=b")),
        form(part(JPEG, "name=image; filename*=idna''a.jpg")),
        form(part(JPEG, "name=image; filename*=undefined''a.jpg")),
        form(part(JPEG, "name=image; filename*=a\0b''a.jpg")),
        form(part(JPEG, f"name=image; filename*{'1' * 5000}*=a")),
        form(part(JPEG, "name*=idna''a.b; filename=a")),
        form(part(b"a" * 3_000_000, 'name="a"')),
        form(*[part(b"", 'name="n"')] * 110),
        b"--x\r\n\r\n" * 5000,
        b"--x" * 5000,
    ],
)
def test_a_malformed_form_is_an_invalid_request(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match=r"malformed or incomplete|too much"):
        uploads.read(sent(body, FORM))


# The names of files.

LONG = "猫" * 71 + ".jpg"
WORD = f"=?utf-8?B?{base64.b64encode(LONG.encode()).decode()}?="


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        (f'filename="{LONG}"', LONG),
        (f"filename*=utf-8''{quote(LONG)}", LONG),
        (f'filename="{WORD}"', LONG),
        (f"filename=\"{WORD}\"; filename*=utf-8''{quote(LONG)}", LONG),
        (f"filename*=utf-8''{quote(LONG)}; filename=\"{WORD}\"", LONG),
        (f"filename*0*=utf-8''{quote(LONG[:9])}; filename*1*={quote(LONG[9:])}", LONG),
        (f'filename="{"🐈" * 255}"', "🐈" * 255),
        (f"filename*=utf-8''{quote('🐈' * 255)}", "🐈" * 255),
        ('filename="C:\\\\pictures\\\\a.jpg"', "a.jpg"),
        ('filename="C:\\pictures\\a.jpg"', "a.jpg"),
        ('filename="../../etc/a b.jpg"', "a b.jpg"),
        ('filename="a;b=\\"c\\".jpg"', 'a;b="c".jpg'),
        ("filename=a.jpg", "a.jpg"),
        ('FileName="a\tb.jpg"', "ab.jpg"),
        ('filename="=?broken?="', "=?broken?="),
    ],
)
def test_file_names_are_read_however_they_are_written(parameters: str, name: str) -> None:
    [upload] = uploads.read(sent(form(part(JPEG, f'name="image"; {parameters}')), FORM)).uploads

    assert upload.filename == name
    assert upload.content() == JPEG


def test_the_headers_of_a_part_have_room_for_the_longest_name_of_a_file_system() -> None:
    longest = quote("🐈" * 255) + base64.b64encode(("🐈" * 255).encode()).decode()

    assert len(longest) * 3 < form_parts.MAX_HEAD_BYTES


# JSON and other text.


@pytest.mark.parametrize(
    "document",
    [
        {"image": BASE64},
        {"image": DATA_URL},
        {"images": [BASE64]},
        {"inputs": BASE64, "parameters": {"top_k": 2}},
        BASE64,
        [DATA_URL],
        {"instances": [{"b64": BASE64}]},
        {"requests": [{"image": {"content": BASE64}, "features": [{"type": "LABEL_DETECTION"}]}]},
        {"messages": [{"content": [{"type": "image_url", "image_url": {"url": DATA_URL}}]}]},
        {"image": "\n".join(BASE64[at : at + 76] for at in range(0, len(BASE64), 76))},
        {"image": BASE64.rstrip("=").replace("+", "-").replace("/", "_")},
        {"image": "data:image/jpeg," + quote(JPEG)},
        {"image": "data:;base64," + BASE64},
        {"image": f"data:image/jpeg;name={'a' * 1000}.jpg;base64,{BASE64}"},
        {"picture": f"data:application/octet-stream;name={'a' * 1000}.jpg;base64,{BASE64}"},
    ],
)
@pytest.mark.parametrize("content_type", [JSON, "", CURL])
def test_pictures_are_found_in_json(document: Any, content_type: str) -> None:
    assert pictures(json.dumps(document).encode(), content_type) == [JPEG]


def test_several_pictures_in_json_come_in_their_order() -> None:
    other = base64.b64encode(PNG).decode()

    assert pictures(json.dumps({"images": [BASE64, other, BASE64]}).encode(), JSON) == [JPEG, PNG, JPEG]


def test_options_in_json_are_read() -> None:
    body = json.dumps({"inputs": BASE64, "keep": False, "parameters": {"top_k": 2, "function_to_apply": "none"}})

    assert uploads.read(sent(body.encode(), JSON)).options == {"top_k": "2", "keep": "false"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no base64!", "Expected a picture as base64"),
        ("data:image/png,\ud800", "Expected a picture as base64"),
        ("data:image/png;base64,\ud800", "Expected a picture as base64"),
        ("data:image/png;base64", "Expected a picture as base64"),
        ("https://a.b/c.jpg", "not fetched"),
    ],
)
def test_what_is_meant_as_a_picture_and_is_none_says_why(text: str, reason: str) -> None:
    good, bad = uploads.read(sent(json.dumps({"images": [BASE64, text]}).encode(), JSON)).uploads

    assert good.content() == JPEG
    with pytest.raises(InvalidImage, match=reason):
        bad.content()


@pytest.mark.parametrize("document", [{}, [], {"picture": "text"}, {"image": 5}, [[[]]], {"image": None}])
def test_json_without_a_picture_is_a_missing_image(document: Any) -> None:
    with pytest.raises(MissingImage, match="no picture in the JSON"):
        uploads.read(sent(json.dumps(document).encode(), JSON))


@pytest.mark.parametrize(
    "body", [b"{", b'{"image": ' + BASE64.encode() + b"}", b"[" * 1500 + b"]" * 1500, b'{"a": "\xff"}']
)
def test_broken_json_is_an_invalid_request(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match="JSON"):
        uploads.read(sent(body, JSON))


def test_pixels_in_json_are_refused_before_each_is_an_object() -> None:
    with pytest.raises(InvalidRequest, match="not its pixels"):
        uploads.read(sent(b"[" + b"0," * 10**6 + b"0]", JSON))


@pytest.mark.parametrize("content_type", ["", "text/plain", CURL, "application/octet-stream", "image/jpeg"])
@pytest.mark.parametrize("text", [BASE64, DATA_URL, "\n " + BASE64 + "\n"])
def test_base64_is_a_picture_without_json_too(content_type: str, text: str) -> None:
    assert pictures(text.encode(), content_type) == [JPEG]


@pytest.mark.parametrize("value", [quote(JPEG), quote(BASE64), BASE64, quote(DATA_URL)])
def test_a_form_of_names_and_values_may_hold_a_picture(value: str) -> None:
    read = uploads.read(sent(f"a=b%20c&image={value}".encode(), CURL))

    assert [upload.content() for upload in read.uploads] == [JPEG]
    assert read.fields["a"] == "b c"


def test_a_token_that_begins_like_a_bitmap_is_no_picture() -> None:
    token = "Qk0" + "a" * 61

    assert uploads.read(sent(form(part(token.encode(), 'name="token"')), FORM)).fields["token"] == token


# Compressed bodies.


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(JPEG)),
        ("GZIP", gzip.compress(JPEG)),
        ("x-gzip", gzip.compress(JPEG)),
        ("gzip", gzip.compress(JPEG[:100]) + gzip.compress(JPEG[100:])),
        ("gzip", b"".join(gzip.compress(JPEG[at : at + 1]) for at in range(len(JPEG)))),
        ("gzip", gzip.compress(b"") + gzip.compress(JPEG) + gzip.compress(b"") + bytes(512)),
        ("deflate", zlib.compress(JPEG)),
        ("deflate", zlib.compress(JPEG, wbits=-15)),
        ("identity", JPEG),
        ("gzip", JPEG),  # Unpacked on its way by a proxy that left the header.
        ("gzip", gzip.compress(form(file()))),
        ("gzip", gzip.compress(json.dumps({"image": BASE64}).encode())),
    ],
)
def test_compressed_bodies_are_unpacked(encoding: str, body: bytes) -> None:
    assert pictures(body, FORM if b"--x" in body else "", **{"Content-Encoding": encoding}) == [JPEG]


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
def test_other_encodings_are_unsupported(encoding: str) -> None:
    with pytest.raises(UnsupportedFormat, match="Expected Content-Encoding: gzip or deflate"):
        uploads.read(sent(b"...", **{"Content-Encoding": encoding}))


@pytest.mark.parametrize(
    "body",
    [
        b"no gzip",
        gzip.compress(JPEG)[:-20],
        gzip.compress(JPEG) + gzip.compress(JPEG)[:-20],
        gzip.compress(JPEG) + gzip.compress(b"") * 100_000,
        b"\x1f\x8b",
        b"",
    ],
)
def test_a_body_that_is_not_compressed_as_it_says_is_an_invalid_request(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        uploads.read(sent(body, "image/jpeg", **{"Content-Encoding": "gzip"}))


@pytest.mark.parametrize("wbits", [31, 15, -15])
def test_a_bomb_is_refused_by_its_unpacked_size_and_takes_no_more_memory(settings_of: SettingsOf, wbits: int) -> None:
    settings_of(max_request_mb=20)
    packer = zlib.compressobj(wbits=wbits)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(80)) + packer.flush()
    request = sent(bomb, "image/bmp", **{"Content-Encoding": "gzip" if wbits > 15 else "deflate"})

    tracemalloc.start()
    with pytest.raises(ImageTooLarge, match=r"over 20 MB.*MENAGERIE_MAX_REQUEST_MB"):
        uploads.read(request)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 60 * 2**20


def test_several_parts_of_a_compressed_body_have_the_limit_together(settings_of: SettingsOf) -> None:
    settings_of(max_request_mb=20)
    bomb = gzip.compress(b"BM" + bytes(2**20)) * 20

    with pytest.raises(ImageTooLarge, match="over 20 MB"):
        uploads.read(sent(bomb, "image/bmp", **{"Content-Encoding": "gzip"}))


# Before anything is read.


@pytest.mark.parametrize(
    ("length", "headers", "weight"),
    [
        (1000, {}, Weight.LIGHT),
        (5 * 2**20, {}, Weight.MEDIUM),
        (20 * 2**20, {}, Weight.COSTLY),
        (1000, {"Content-Encoding": "gzip"}, Weight.COSTLY),
        (1000, {"Content-Encoding": "identity"}, Weight.LIGHT),
    ],
)
def test_long_and_compressed_bodies_are_heavy(length: int, headers: dict[str, str], weight: Weight) -> None:
    assert uploads.weight_of(sent(bytes(length), **headers)) is weight


@pytest.mark.parametrize(("text", "length"), [("12", 12), ("", 0), (None, 0), ("-1", 0), ("x", 0), ("²", 0)])
def test_a_length_that_is_no_number_counts_as_none(text: str | None, length: int) -> None:
    assert uploads.declared_length({"CONTENT_LENGTH": text}) == length
