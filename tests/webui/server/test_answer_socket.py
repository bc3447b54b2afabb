from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from webui.server import answer_socket
from webui.server.answer_socket import AnswerSocket


@pytest.fixture
def ends() -> Iterator[tuple[AnswerSocket, socket.socket]]:
    """The server's and the client's end of a connection."""
    server, client = socket.socketpair()
    with AnswerSocket.taking_over(server) as taken, client:
        yield taken, client


def test_an_answer_arrives(ends: tuple[AnswerSocket, socket.socket]) -> None:
    server, client = ends
    server.setblocking(flag=True)
    server.sendall(b"answer")

    assert client.recv(100) == b"answer"


def test_a_client_that_does_not_read_ends_the_connection(
    ends: tuple[AnswerSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = ends
    monkeypatch.setattr(answer_socket, "ANSWER_TIMEOUT_S", 0.01)
    server.setblocking(flag=True)

    with pytest.raises(ConnectionResetError):
        server.sendall(bytes(10**7))


def test_no_blocking_call_is_endless(ends: tuple[AnswerSocket, socket.socket]) -> None:
    server, _ = ends
    server.setblocking(flag=True)
    blocking = server.gettimeout()
    server.setblocking(flag=False)

    assert (blocking, server.gettimeout()) == (answer_socket.ANSWER_TIMEOUT_S, 0)
