"""Whether the head of a cluster is there."""

from __future__ import annotations

import socket

import pytest

from recognizer.cluster.head import ClusterFailed, refuse_unreachable
from recognizer.errors import CallerError


@pytest.mark.parametrize(
    "address", ["photographs/", "head", "head:", "head:port", "head:99999", "http://head:6379", "a b:1", ":6379", ""]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(CallerError, match="such as head:6379"):
        refuse_unreachable(address)


def test_an_address_where_somebody_answers_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        refuse_unreachable(f"127.0.0.1:{port}")
        refuse_unreachable(f"ray://127.0.0.1:{port}")


def test_an_address_where_nobody_answers_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(ClusterFailed, match=f"Nobody answers at 127.0.0.1:{port}"):
        refuse_unreachable(f"127.0.0.1:{port}")


def test_rays_own_words_are_left_to_it() -> None:
    for word in ("auto", "local"):
        refuse_unreachable(word)
