"""The costly pictures are as costly as their names say."""

from __future__ import annotations

import io
import os
import time

import pytest
from PIL import Image

from benchmarks import costly_pictures, processes
from benchmarks.costly import Taken
from benchmarks.costly_pictures import PICTURES
from recognizer.errors import ImageError
from recognizer.images import decode


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("PNG in one long line", "a side has at most"),
        ("JPEG of 99 scans", "seconds to decode"),
        ("JPEG of fill bytes", "segments"),
        ("JPEG of empty segments", "segments"),
        ("PNG of empty chunks", "chunks"),
        ("GIF of empty blocks", "blocks"),
    ],
)
def test_what_no_server_should_decode_is_refused_for_what_it_is(name: str, said: str) -> None:
    with pytest.raises(ImageError, match=said):
        decode.decode(PICTURES[name](), needed_short_side=224)


@pytest.mark.slow
def test_as_many_scans_as_pass_cost_nearly_as_much_as_is_given_to_one() -> None:
    assert 2.7 < decode.cost(costly_pictures.accepted_scans(), needed_short_side=224).cpu_s <= 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "megapixels"),
    [("PNG of 119 megapixels", 119), ("PNG of 29 MP, 16 bits", 29), ("JPEG of 200 megapixels", 200)],
)
def test_large_pictures_pass_and_are_whole(name: str, megapixels: int) -> None:
    data = PICTURES[name]()

    with Image.open(io.BytesIO(data)) as image:
        assert round(image.width * image.height / 10**6) == megapixels
    assert decode.cost(data, needed_short_side=224).cpu_s > 0


def test_statuses_are_counted() -> None:
    assert Taken([503, 200, 503, 0], 1.0, 1.0, 1.0).said() == "1 x no answer, 1 x 200, 2 x 503"


def test_work_takes_processor_time_and_a_peak_is_forgotten() -> None:
    pid, until = os.getpid(), time.process_time() + 0.05
    before_s = processes.cpu_s(pid)
    while time.process_time() < until:
        pass
    used = bytearray(64 * 2**20)
    peak_mb = processes.memory(pid).peak_mb
    del used

    processes.forget_peak(pid)

    assert processes.cpu_s(pid) - before_s >= 0.03
    assert processes.memory(pid).peak_mb < peak_mb - 32
