from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from webui.inference import client_watch


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The server's and the client's end of a connection."""
    server, client = socket.socketpair()
    with server, client:
        yield server, client


def test_a_client_that_waits_is_there(ends: tuple[socket.socket, socket.socket]) -> None:
    server, client = ends
    client.send(b"the next request")

    assert not client_watch.gone({"gunicorn.socket": server})()


def test_a_client_that_closed_is_gone(ends: tuple[socket.socket, socket.socket]) -> None:
    server, client = ends
    gone = client_watch.gone({"gunicorn.socket": server})
    client.close()

    assert gone()


def test_without_a_socket_nobody_is_gone() -> None:
    assert not client_watch.gone({})()
