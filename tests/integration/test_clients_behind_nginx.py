"""Who a client is, where all of them come from nginx, which speaks plain HTTP and passes on what arrives at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from benchmarks.servers import free_port
from tests.integration.nginx import needs_nginx, nginx
from tests.integration.slow_server import Answer, Client, until
from tests.integration.test_behind_nginx import HEN, serving

pytestmark = [pytest.mark.slow, needs_nginx]

_SERVER = """
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_http_version 1.1;
            proxy_request_buffering off;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an nginx, before a server that was told the public address and that a client has one picture."""
    folder, upstream, port = tmp_path_factory.mktemp("nginx"), free_port(), free_port()
    settings = {"PORT": str(upstream), "MENAGERIE_PUBLIC_URL": f"http://farm.example:{port}/"}
    limits = {"MENAGERIE_RATE": "1", "MENAGERIE_MAX_REQUEST_MB": "20"}
    with (
        serving(folder, f"http://127.0.0.1:{upstream}", **settings, **limits),
        nginx(folder, [_SERVER.format(port=port, upstream=upstream)], port=port),
    ):
        yield port


def head(port: int, length: int, forwarded_for: str = "") -> bytes:
    claim = f"X-Forwarded-For: {forwarded_for}\r\n" if forwarded_for else ""
    return (
        f"POST /api/v1/classify HTTP/1.1\r\nHost: farm.example:{port}\r\nContent-Type: image/jpeg\r\n"
        f"Content-Length: {length}\r\n{claim}Connection: close\r\n\r\n"
    ).encode()


def ask(port: int, source: str, **claims: str) -> Answer:
    with Client(port, source) as client:
        client.send(head(port, len(HEN), **claims) + HEN)
        return client.answer()


def test_each_client_has_a_rate_of_its_own_whatever_it_says_itself(port: int) -> None:
    first, again = (ask(port, "127.0.0.2", forwarded_for=f"192.0.2.{number}") for number in range(2))

    assert (first.status, again.status) == (200, 429)
    assert ask(port, "127.0.0.3", forwarded_for="127.0.0.2").status == 200


def test_half_sent_bodies_of_one_client_leave_room_for_the_large_ones_of_another(port: int) -> None:
    whole = HEN + bytes(15_000_000)
    with ExitStack() as stack:
        greedy = [stack.enter_context(Client(port, "127.0.0.4")) for _ in range(3)]
        for number, client in enumerate(greedy):
            client.send_what_is_taken(head(port, 20_000_000, f"192.0.2.{number}") + bytes(19_999_000))
        until(lambda: any(client.has_answer() for client in greedy), timeout_s=10)

        with Client(port, "127.0.0.5") as client:
            client.send(head(port, len(whole)))
            for position in range(0, len(whole), 10**6):
                client.send(whole[position : position + 10**6])
            assert client.answer().status == 200
