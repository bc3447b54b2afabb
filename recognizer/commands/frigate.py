"""`python -m recognizer frigate`: names what Frigate's cameras see, as sub-labels."""

from __future__ import annotations

import argparse
import os
import re
from datetime import datetime
from typing import TYPE_CHECKING

from recognizer.commands import answering
from recognizer.commands.answering import opened_source
from recognizer.errors import CallerError, MenagerieError
from recognizer.terminal import printable

if TYPE_CHECKING:
    from recognizer.frigate.subscription import Broker

_DESCRIPTION = """
Waits for what Frigate's cameras see, looks at the best snapshot of each object, and writes what it is as the object's
sub-label: Frigate's "cat" becomes Mimi. An object that is none of the classes gets no sub-label. Passwords are read
from FRIGATE_PASSWORD and MQTT_PASSWORD. It runs until it is stopped.
"""
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\s/]+)(?::(?P<port>\d{1,5}))?")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    summary = "name what the cameras of a Frigate see, as sub-labels"
    parser = commands.add_parser("frigate", help=summary, description=_DESCRIPTION)
    parser.add_argument("--url", required=True, help="Frigate's address, such as http://frigate:5000")
    parser.add_argument("--mqtt", required=True, metavar="HOST[:PORT]", help="the MQTT broker that Frigate sends to")
    parser.add_argument("--kinds", metavar="KIND,...", help="look only at what Frigate takes for one of these: cat,dog")
    parser.add_argument(
        "--least-score", type=float, default=0.0, metavar="SHARE", help="that a class must have, 0 to 1 (default: 0)"
    )
    parser.add_argument("--user", help="name of an account of Frigate's with the role admin, where it asks for one")
    parser.add_argument("--insecure", action="store_true", help="accept any certificate, as Frigate's own of port 8971")
    parser.add_argument("--mqtt-user", metavar="USER", help="name at the broker, where it asks for one")
    parser.add_argument("--mqtt-tls", action="store_true", help="encrypt the connection to the broker")
    parser.add_argument(
        "--topic-prefix", default="frigate", metavar="TEXT", help="Frigate's mqtt: topic_prefix (default: frigate)"
    )
    answering.add_options(parser)
    parser.set_defaults(run=_frigate)


def _frigate(options: argparse.Namespace) -> None:
    from recognizer.frigate.labeller import Labeller  # Here, for they need the extra `frigate`.
    from recognizer.frigate.nvr import Frigate
    from recognizer.frigate.subscription import subscribed

    broker = _broker(options)
    if not 0 <= options.least_score <= 1:
        raise CallerError(f"Expected a --least-score from 0 to 1. Received: {options.least_score}")
    kinds = frozenset(filter(None, (kind.strip() for kind in (options.kinds or "").split(","))))
    account = {"user": options.user, "password": os.environ.get("FRIGATE_PASSWORD")}
    with Frigate(options.url, **account, check_certificate=not options.insecure) as frigate:
        _say(f"Frigate {frigate.version()} at {options.url}.")
        with opened_source(options) as source, subscribed(broker, _say) as waiting:
            labeller = Labeller(frigate, source.answer, _say, kinds=kinds, least_score=options.least_score)
            while True:
                event = waiting.get()
                if event is None:
                    continue
                try:
                    labeller.take(event)
                except MenagerieError as err:  # The next event may fare better.
                    _say(f"{err.title}: {err}")


def _broker(options: argparse.Namespace) -> Broker:
    from recognizer.frigate.subscription import Broker

    found = _HOST.fullmatch(options.mqtt)
    port = int(found["port"] or (8883 if options.mqtt_tls else 1883)) if found else 0
    if not found or not 0 < port < 2**16:
        raise CallerError(f"Expected the broker as HOST or HOST:PORT. Received: {options.mqtt!r}")
    if re.search(r"[#+\0]", options.topic_prefix) or not options.topic_prefix:
        raise CallerError(f"Expected a --topic-prefix without # and +. Received: {options.topic_prefix!r}")
    password = os.environ.get("MQTT_PASSWORD")
    host = found["host"].strip("[]")
    return Broker(host, port, options.mqtt_user, password, options.mqtt_tls, options.topic_prefix.rstrip("/"))


def _say(line: str) -> None:
    print(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {printable(line)}", flush=True)
