"""ICC profiles of other kinds than `recognizer.images.icc` writes: of version 2, of greys, of inks."""

from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import product

from recognizer.images.icc import D65, PCS_WHITE, Primaries, assembled, columns, xyz

Lab = tuple[float, float, float]


def old_rgb_profile(primaries: Primaries, gamma: float) -> bytes:
    """A display profile of version 2, as most of the world's are; white at D65."""
    colours = zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns(primaries, D65), strict=True)
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(gamma))
    return assembled({**_described(), **{name: xyz(column) for name, column in colours}, **curves}, version=2)


def grey_profile(gamma: float) -> bytes:
    return assembled({**_described(), b"kTRC": _curve(gamma)}, version=2, space=b"GRAY")


def cmyk_profile(lab_of: Callable[[float, float, float, float], Lab]) -> bytes:
    """A printer's profile: L*a*b* at the 16 corners of all inks (C, M, Y, K, 0 or 1), between them linear."""
    corners = [lab_of(*inks) for inks in product((0.0, 1.0), repeat=4)]
    table = bytes(round(min(max(v, 0), 255)) for light, a, b in corners for v in (light * 2.55, a + 128, b + 128))
    straight = bytes(range(256))
    unit = struct.pack(">9i", *(65536 if at % 4 == 0 else 0 for at in range(9)))
    lut = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + unit + 4 * straight + table + 3 * straight
    return assembled({**_described(), b"A2B0": lut}, version=2, space=b"CMYK", kind=b"prtr", connection=b"Lab ")


def _curve(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IHH", 1, round(gamma * 256), 0)


def _described() -> dict[bytes, bytes]:
    words = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78)
    return {b"desc": words, b"cprt": b"text" + bytes(4) + b"made by hand\0", b"wtpt": xyz(PCS_WHITE)}


ADOBE_RGB = old_rgb_profile(((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), gamma=2.19921875)
DISPLAY_P3 = old_rgb_profile(((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)), gamma=2.2)
