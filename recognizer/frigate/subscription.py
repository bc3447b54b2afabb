"""Frigate's events from an MQTT broker: of each object the newest, for whoever is slower than the cameras."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from recognizer.errors import OperatorError
from recognizer.frigate import events
from recognizer.frigate.events import Event

_OF_A_STRANGER = "Give --mqtt-user, and the password in MQTT_PASSWORD."
_CURES = {
    "Unsupported protocol version": "It does not speak MQTT 3.1.1, as Frigate does.",
    "Client identifier not valid": "It takes no client without a name of its own.",
    "Server unavailable": "It is there, and does not work at the moment: see its own log, and try again.",
    "Server busy": "Try again later.",
}
_KEEP_ALIVE_S = 30
_LONGEST_PAUSE_S = 60
_CONNECT_TIMEOUT_S = 10.0
_MOST_WAITING = 1000


class BrokerFailed(OperatorError):
    """The MQTT broker cannot be reached, or refuses."""

    code = "mqtt_failed"
    title = "There is no connection to the MQTT broker"


@dataclass(frozen=True)
class Broker:
    """An MQTT broker, and where Frigate's messages are there."""

    host: str
    port: int = 1883
    user: str | None = None
    password: str | None = None
    tls: bool = False
    prefix: str = "frigate"
    """Of the topics, as Frigate's own `mqtt: topic_prefix`."""


class Waiting:
    """Events that nobody has looked at yet, the oldest object first; of each object only the newest event."""

    def __init__(self) -> None:
        self._events: OrderedDict[str, Event] = OrderedDict()
        self._changed = threading.Condition()
        self._failure: Exception | None = None

    def put(self, event: Event) -> None:
        """Adds an event, in the place of an older one of the same object."""
        with self._changed:
            self._events[event.id] = event
            if len(self._events) > _MOST_WAITING:
                self._events.popitem(last=False)
            self._changed.notify()

    def fail(self, error: Exception) -> None:
        """Lets `get` raise an error from now on."""
        with self._changed:
            self._failure = error
            self._changed.notify()

    def get(self, timeout_s: float | None = None) -> Event | None:
        """The next event; None where there is none in that time."""
        with self._changed:
            self._changed.wait_for(lambda: self._failure or self._events, timeout_s)
            if self._failure:
                raise self._failure
            return self._events.popitem(last=False)[1] if self._events else None


class _Listener:
    """What happens when the connection comes or goes, and with each message; in the thread of paho's."""

    def __init__(self, broker: Broker, waiting: Waiting, report: Callable[[str], None]) -> None:
        self._broker = broker
        self._waiting = waiting
        self._report = report
        self._place = f"{broker.host}:{broker.port}"
        self.connected = threading.Event()
        """Or refused."""

    def on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, *_: Any) -> None:
        if reason.is_failure:
            cure = _CURES.get(reason.getName(), _OF_A_STRANGER)
            self._waiting.fail(BrokerFailed(f"{self._place} refuses: {reason}. {cure}"))
        else:
            topic = f"{self._broker.prefix}/events"
            client.subscribe(topic)
            self._report(f"Listening to {topic} on {self._place}.")
        self.connected.set()

    def on_disconnect(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, *_: Any) -> None:
        if reason.is_failure:
            self._report(f"The connection to {self._place} is lost ({reason}), and is tried again.")

    def on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        event = events.read(bytes(message.payload))
        if event:
            self._waiting.put(event)


@contextmanager
def subscribed(broker: Broker, report: Callable[[str], None]) -> Iterator[Waiting]:
    """The events as they come, while the block runs; connects again by itself where the connection was lost.

    Args:
        broker: where from.
        report: gets a line where the connection comes or goes.

    Raises:
        BrokerFailed: there is no first connection; the broker refuses the name or the password.
    """
    waiting = Waiting()
    listener = _Listener(broker, waiting, report)
    client = _client(broker, listener)
    try:
        client.connect(broker.host, broker.port, _KEEP_ALIVE_S)
    except (OSError, ValueError) as err:
        raise BrokerFailed(f"{broker.host}:{broker.port}: {err}") from err
    client.loop_start()
    try:
        if not listener.connected.wait(_CONNECT_TIMEOUT_S):
            raise BrokerFailed(f"{broker.host}:{broker.port} does not speak MQTT: it does not answer to CONNECT.")
        yield waiting
    finally:
        client.disconnect()
        client.loop_stop()


def _client(broker: Broker, listener: _Listener) -> mqtt.Client:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.reconnect_delay_set(1, _LONGEST_PAUSE_S)
    client.connect_timeout = _CONNECT_TIMEOUT_S
    if broker.user:
        client.username_pw_set(broker.user, broker.password)
    if broker.tls:
        client.tls_set()
    client.on_connect = listener.on_connect
    client.on_disconnect = listener.on_disconnect
    client.on_message = listener.on_message
    return client
