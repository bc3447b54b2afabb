from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator

import pytest

from webui.server import graceful_close
from webui.server.graceful_close import GracefulClose


class Scene:
    """One connection that is being closed, with a clock of its own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.closed = 0
        self.poller = selectors.DefaultSelector()
        self.server, self.client = socket.socketpair()
        self.closing = GracefulClose(self.poller, lambda: self.now)

    def close_gracefully(self) -> None:
        self.closing.add(self.server, self._close)

    def _close(self) -> None:
        self.closed += 1
        self.server.close()

    def after(self, seconds: float) -> int:
        """How often the connection has been closed when so much time has passed."""
        self.now += seconds
        for key, _ in self.poller.select(0):
            key.data(key.fileobj)
        self.closing.sweep()
        return self.closed


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    scene.poller.close()
    scene.server.close()
    scene.client.close()


def test_the_client_hears_that_we_have_ended(scene: Scene) -> None:
    scene.close_gracefully()

    assert scene.client.recv(1) == b""
    assert scene.after(0) == 0


def test_the_connection_is_closed_once_the_client_has_ended_too(scene: Scene) -> None:
    scene.close_gracefully()
    scene.client.close()

    assert scene.after(0) == 1
    assert scene.after(100) == 1


def test_what_the_client_still_sends_is_thrown_away(scene: Scene) -> None:
    scene.close_gracefully()
    scene.client.send(b"x" * 1000)

    assert scene.after(0) == 0
    with pytest.raises(BlockingIOError):
        scene.server.recv(1)


def test_a_silent_client_is_not_waited_for(scene: Scene) -> None:
    scene.close_gracefully()

    assert scene.after(graceful_close.SILENCE_S - 1) == 0
    assert scene.after(2) == 1


def test_a_client_that_sends_for_ever_is_not_waited_for(scene: Scene) -> None:
    scene.close_gracefully()
    for _ in range(int(graceful_close.TIMEOUT_S)):
        scene.client.send(b"x")
        assert scene.after(1) == 0

    assert scene.after(1) == 1


def test_a_server_that_stops_waits_less(scene: Scene) -> None:
    scene.close_gracefully()
    scene.closing.hurry(2)

    assert scene.after(3) == 1


def test_a_client_that_has_gone_needs_no_time(scene: Scene) -> None:
    scene.server.close()
    scene.close_gracefully()

    assert scene.closed == 1
