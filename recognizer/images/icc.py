"""ICC profiles of RGB colour spaces, written from primaries and a curve, for files that only name their space.

ICC.1:2010: a header of 128 bytes, a table of tags, their values. https://www.color.org/specification/ICC1v43_2010-12.pdf
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

D65, D50 = (0.3127, 0.3290), (0.3457, 0.3585)
"""White as (x, y)."""
PCS_WHITE = (0.9642, 1.0, 0.8249)
"""White of the profile connection space, as XYZ."""
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)

# Bradford, ICC.1:2010 annex E.
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_PARAMETERS_OF = {1: 0, 5: 3}  # Numbers of a curve, and the kind of function that has so many: table 65.

Primaries = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


def rgb_profile(primaries: Primaries, curve: tuple[float, ...], *, white: tuple[float, float] = D65) -> bytes:
    """A display profile.

    Args:
        primaries: red, green and blue as (x, y).
        curve: how stored values become light: a gamma alone, or the five numbers of `SRGB_CURVE`.
        white: as (x, y).
    """
    tags = {
        **described(),
        **{
            name: xyz(column)
            for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns(primaries, white), strict=True)
        },
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), parametric(curve)),
    }
    return assembled(tags)


def described() -> dict[bytes, bytes]:
    """The tags that every profile has."""
    words = "menagerie".encode("utf-16-be")
    text = b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(words), 28) + words
    return {b"desc": text, b"cprt": text, b"wtpt": xyz(PCS_WHITE)}


def parametric(curve: tuple[float, ...]) -> bytes:
    """A curve as a formula; see `rgb_profile`."""
    numbers = struct.pack(f">{len(curve)}i", *(round(number * 65536) for number in curve))
    return b"para" + bytes(4) + struct.pack(">HH", _PARAMETERS_OF[len(curve)], 0) + numbers


def xyz(values: npt.ArrayLike) -> bytes:
    """A colour of the profile connection space."""
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(float(value) * 65536) for value in np.asarray(values)))


def assembled(
    tags: Mapping[bytes, bytes],
    *,
    version: int = 4,
    space: bytes = b"RGB ",
    kind: bytes = b"mntr",
    connection: bytes = b"XYZ ",
) -> bytes:
    """The profile of these tags."""
    offset = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += name + struct.pack(">II", offset + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    header = struct.pack(">I4sI4s4s4s", offset + len(data), b"", version << 24 | 0x00400000, kind, space, connection)
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", *(round(value * 65536) for value in PCS_WHITE))
    return header.ljust(128, b"\0") + table + data


def columns(primaries: Primaries, white: tuple[float, float]) -> npt.NDArray[np.float64]:
    """(3, 3): XYZ of red, green and blue, as they look under the white of the profile connection space."""
    to_xyz = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T  # (XYZ, RGB)
    white_xyz = np.array([white[0] / white[1], 1, (1 - sum(white)) / white[1]])
    to_xyz = to_xyz * np.linalg.solve(to_xyz, white_xyz)
    adapted = np.linalg.inv(_BRADFORD) @ np.diag(_BRADFORD @ PCS_WHITE / (_BRADFORD @ white_xyz)) @ _BRADFORD
    return np.asarray((adapted @ to_xyz).T)


ADOBE_RGB = rgb_profile(((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), (563 / 256,))
DISPLAY_P3 = rgb_profile(((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)), SRGB_CURVE)
PRO_PHOTO_RGB = rgb_profile(((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)), (1.8,), white=D50)
