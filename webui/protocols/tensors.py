"""Reads the pictures out of an infer request of the Open Inference Protocol: files in BYTES, or pixels in UINT8.

    body -> Inference-Header-Content-Length: JSON | bytes behind it -> the input `image` -> [Upload]

The bytes behind the JSON are Triton's extension `binary_tensor_data`:
https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/protocol/extension_binary_data.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from django.http import HttpRequest
from PIL import Image

from recognizer.preprocessing import Pixels
from webui.inference import uploads
from webui.inference.uploads import Upload
from webui.problems import InvalidRequest, MissingImage
from webui.protocols import json_body

INPUT = "image"
_HEADER = "Inference-Header-Content-Length"
_LENGTH_BYTES = 4
_MAX_SIDE = 65_535  # As of any picture.


@dataclass(frozen=True)
class InferRequest:
    """An infer request."""

    document: dict[str, Any]
    pictures: list[Upload]


@dataclass(frozen=True)
class _Tensor:
    """The input, as it is described, and its data in one of two forms."""

    datatype: str
    shape: list[int]
    values: Any
    """From the JSON; None where the data is binary."""
    binary: bytes


def read(request: HttpRequest) -> InferRequest:
    """Reads an infer request.

    Raises:
        InvalidRequest: it is none, or has too many pictures.
        MissingImage: it has no picture.
        ImageError: see `uploads.body_of`.
    """
    head, binary = _split(uploads.body_of(request), request.headers.get(_HEADER))
    document = json_body.parsed(head)
    tensor = _tensor(document, binary)
    if tensor.shape[0] == 0:
        raise MissingImage(f"Expected at least one picture. Received: shape={tensor.shape}")
    uploads.refuse_too_many(tensor.shape[0])
    return InferRequest(document, _files(tensor) if tensor.datatype == "BYTES" else _bitmaps(tensor))


def _split(body: bytes, length: str | None) -> tuple[bytes, bytes]:
    if length is None:
        return body, b""
    if not (length.isascii() and length.isdigit() and len(length) < 12 and 0 < int(length) <= len(body)):
        raise InvalidRequest(f"Expected the length of the JSON, within the body. Received: {_HEADER}={length[:50]!r}")
    return body[: int(length)], body[int(length) :]


def _tensor(document: dict[str, Any], binary: bytes) -> _Tensor:
    inputs = document.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise InvalidRequest(f"Expected inputs with one tensor, named {INPUT!r}.")
    described, name = inputs[0], inputs[0].get("name")
    if name != INPUT:
        raise InvalidRequest(f"Expected the input {INPUT!r}. Received: name={str(name)[:50]!r}")
    datatype, shape = described.get("datatype"), _shape(described.get("shape"))
    is_files = datatype == "BYTES" and (len(shape) == 1 or (len(shape) == 2 and shape[1] == 1))
    if not is_files and not (datatype == "UINT8" and len(shape) == 4 and shape[3] == 3):
        raise InvalidRequest(
            "Expected BYTES of the shape [N], image files, or UINT8 of the shape [N, height, width, 3], RGB pixels as"
            f" they are in a picture. Received: datatype={str(datatype)[:50]!r}, shape={shape}"
        )
    return _Tensor(str(datatype), shape, *_data(described, binary))


def _shape(value: object) -> list[int]:
    if isinstance(value, list) and 1 <= len(value) <= 4:
        sides = [side for side in value if type(side) is int and 0 <= side <= _MAX_SIDE]
        if len(sides) == len(value):
            return sides
    raise InvalidRequest(f"Expected a shape of 1 to 4 whole numbers up to {_MAX_SIDE}.")


def _data(described: dict[str, Any], binary: bytes) -> tuple[Any, bytes]:
    parameters = described.get("parameters")
    size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
    if size is None:
        if binary or not isinstance(described.get("data"), list):
            raise InvalidRequest("Expected data, a list, or the parameter binary_data_size and bytes behind the JSON.")
        return described["data"], b""
    if type(size) is not int or size != len(binary):
        received = size if type(size) is int and 0 <= size < 10**12 else json_body.kind(size)
        raise InvalidRequest(
            f"Expected binary_data_size to be the {len(binary)} bytes behind the JSON. Received: {received}"
        )
    return None, binary


# Files


def _files(tensor: _Tensor) -> list[Upload]:
    wanted = tensor.shape[0]
    if tensor.values is None:
        files = list(_elements(tensor.binary, wanted))
        return [uploads.from_bytes(None, data) for data in files]
    texts = list(_flat(tensor.values))
    if len(texts) != wanted or not all(isinstance(text, str) for text in texts):
        raise InvalidRequest(f"Expected {wanted} pictures as base64 in data, as the shape says.")
    return [uploads.from_text(text) for text in texts]


def _elements(binary: bytes, wanted: int) -> Iterator[bytes]:
    """The elements of a BYTES tensor: each has its length before it, in 4 bytes, the lowest first."""
    at = 0
    for _ in range(wanted):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(binary[at:start], "little")
        if start > len(binary) or at > len(binary):
            raise InvalidRequest(f"Expected {wanted} pictures, as the shape says. The bytes end before them.")
        yield binary[start:at]
    if at != len(binary):
        raise InvalidRequest(f"Expected {wanted} pictures, as the shape says. There are more bytes than they have.")


# Pixels


def _bitmaps(tensor: _Tensor) -> list[Upload]:
    wanted = math.prod(tensor.shape)
    raw = tensor.binary if tensor.values is None else _bytes(tensor.values)
    if wanted == 0 or len(raw) != wanted:
        raise InvalidRequest(f"Expected {wanted} values, as the shape says, and at least one. Received: {len(raw)}")
    pixels = np.frombuffer(raw, np.uint8).reshape(tensor.shape)  # (N, H, W, 3)
    return [uploads.from_bytes(None, _bitmap(picture)) for picture in pixels]


def _bytes(values: list[Any]) -> bytes:
    try:
        return bytes(list(_flat(values)))
    except (TypeError, ValueError) as err:  # Other things than numbers; numbers that are no bytes.
        raise InvalidRequest("Expected whole numbers from 0 to 255 in data.") from err


def _bitmap(pixels: Pixels) -> bytes:
    """The pixels as a file, so that they go the way of all pictures; nothing is lost."""
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "BMP")
    return buffer.getvalue()


def _flat(values: list[Any]) -> Iterator[Any]:
    """What is in lists of lists, in its order."""
    todo = [iter(values)]
    while todo:
        for value in todo[-1]:
            if isinstance(value, list):
                todo.append(iter(value))
                break
            yield value
        else:
            todo.pop()
