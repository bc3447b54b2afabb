"""ICC profiles of RGB colour spaces, made by hand: matrix and gamma, ICC.1:2010 version 2."""

from __future__ import annotations

import struct

import numpy as np

_D65, _D50 = (0.3127, 0.3290), (0.9642, 1.0, 0.8249)
# Bradford, ICC.1:2010 annex E.
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

Primaries = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


def rgb_profile(primaries: Primaries, gamma: float) -> bytes:
    """A display profile of these red, green and blue (x, y), white at D65."""
    matrix = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T  # (XYZ, RGB)
    white = np.array([_D65[0] / _D65[1], 1, (1 - sum(_D65)) / _D65[1]])
    matrix = matrix * np.linalg.solve(matrix, white)
    adapt = np.linalg.inv(_BRADFORD) @ np.diag(_BRADFORD @ _D50 / (_BRADFORD @ white)) @ _BRADFORD
    columns = (adapt @ matrix).T
    curve = b"curv" + bytes(4) + struct.pack(">IHH", 1, round(gamma * 256), 0)
    text = b"text" + bytes(4) + b"made by hand\0"
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78),
        b"cprt": text,
        b"wtpt": _xyz(_D50),
        **{name: _xyz(column) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    return _assembled(tags)


def _xyz(values: object) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(float(value) * 65536) for value in values))  # type: ignore[attr-defined]


def _assembled(tags: dict[bytes, bytes]) -> bytes:
    offset = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        padded = value + bytes(-len(value) % 4)
        table += name + struct.pack(">II", offset + len(data), len(value))
        data += padded
    header = struct.pack(">I4sI4s4s4s", offset + len(data), b"", 0x02400000, b"mntr", b"RGB ", b"XYZ ") + bytes(12)
    header += b"acsp" + bytes(28) + struct.pack(">3i", *(round(value * 65536) for value in _D50))
    return header.ljust(128, b"\0") + table + data


ADOBE_RGB = rgb_profile(((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), gamma=2.19921875)
DISPLAY_P3 = rgb_profile(((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)), gamma=2.2)
