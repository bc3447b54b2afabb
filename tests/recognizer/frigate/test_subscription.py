"""Events from an MQTT broker: a small one of our own, which speaks as much MQTT 3.1.1 as is needed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchmarks.servers import free_port
from recognizer.frigate import subscription
from recognizer.frigate.subscription import Broker, BrokerFailed, Waiting, subscribed
from tests.recognizer.frigate.test_events import EVENT, message


class FakeBroker:
    """Takes connections one after the other; publishes to each that has subscribed, then hangs up if told to."""

    def __init__(self, *, code: int = 0, hang_up_first: bool = False) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._code = code
        self._hang_up = hang_up_first
        self.topics: list[str] = []
        self.connections = 0
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def broker(self) -> Broker:
        return Broker("127.0.0.1", self._listener.getsockname()[1])

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                self._speak(connection)

    def _speak(self, connection: socket.socket) -> None:
        _packet(connection)  # CONNECT
        connection.sendall(bytes([0x20, 2, 0, self._code]))
        if self._code:
            return
        _, body = _packet(connection)  # SUBSCRIBE
        length = int.from_bytes(body[2:4])
        self.topics.append(body[4 : 4 + length].decode())
        connection.sendall(bytes([0x90, 3, *body[:2], 0]))
        if self._hang_up:
            self._hang_up = False
            return
        for payload in (b"online", b"\xff" * 50, message()):
            connection.sendall(_publication(self.topics[-1], payload))
        while connection.recv(1024):
            pass


def _packet(connection: socket.socket) -> tuple[int, bytes]:
    kind, length = connection.recv(1)[0], connection.recv(1)[0]
    body = b""
    while len(body) < length:
        body += connection.recv(length - len(body))
    return kind, body


def _publication(topic: str, payload: bytes) -> bytes:
    body = len(topic).to_bytes(2) + topic.encode() + payload
    length, digits = len(body), b""
    while True:
        length, digit = divmod(length, 128)
        digits += bytes([digit | (0x80 if length else 0)])
        if not length:
            return b"\x30" + digits + body


@pytest.fixture
def brokers() -> Iterator[list[FakeBroker]]:
    made: list[FakeBroker] = []
    yield made
    for broker in made:
        broker.close()


def test_events_come_and_what_is_none_does_not(brokers: list[FakeBroker]) -> None:
    brokers.append(FakeBroker())
    lines: list[str] = []

    with subscribed(brokers[0].broker, lines.append) as waiting:
        assert waiting.get(10) == EVENT
        assert waiting.get(0.1) is None

    assert brokers[0].topics == ["frigate/events"]
    assert len(lines) == 1
    assert lines[0].startswith("Listening to frigate/events on 127.0.0.1:")


def test_a_connection_that_is_lost_is_made_again(brokers: list[FakeBroker]) -> None:
    brokers.append(FakeBroker(hang_up_first=True))
    lines: list[str] = []

    with subscribed(brokers[0].broker, lines.append) as waiting:
        assert waiting.get(20) == EVENT

    assert brokers[0].connections == 2
    assert "is lost" in lines[1]


def test_a_broker_that_refuses_says_what_to_give(brokers: list[FakeBroker]) -> None:
    brokers.append(FakeBroker(code=5))

    with (
        subscribed(brokers[0].broker, print) as waiting,
        pytest.raises(BrokerFailed, match=r"refuses: .*MQTT_P"),
    ):
        waiting.get(10)


@pytest.mark.parametrize(("code", "cure"), [(1, "does not speak MQTT"), (3, "does not work at the moment")])
def test_a_broker_that_refuses_for_another_reason_is_not_said_to_want_a_password(
    brokers: list[FakeBroker], code: int, cure: str
) -> None:
    brokers.append(FakeBroker(code=code))

    with subscribed(brokers[0].broker, print) as waiting, pytest.raises(BrokerFailed, match=cure) as failed:
        waiting.get(10)

    assert "MQTT_PASSWORD" not in str(failed.value)


def test_a_broker_that_is_not_there_is_named() -> None:
    port = free_port()

    with (
        pytest.raises(BrokerFailed, match=rf"127\.0\.0\.1:{port}: .*refused"),
        subscribed(Broker("127.0.0.1", port), print),
    ):
        pass


def test_a_server_that_speaks_something_else_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscription, "_CONNECT_TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        broker = Broker("127.0.0.1", silent.getsockname()[1])

        with pytest.raises(BrokerFailed, match="does not speak MQTT"), subscribed(broker, print):
            pass


def test_of_each_object_the_newest_event_waits_and_the_oldest_object_comes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subscription, "_MOST_WAITING", 2)
    one, two, three = (replace(EVENT, id=name) for name in "123")
    waiting = Waiting()

    for event in (one, two, replace(one, snapshot_time=9.0), three):
        waiting.put(event)

    assert waiting.get(0) == two
    assert waiting.get(0) == three
    assert waiting.get(0) is None
