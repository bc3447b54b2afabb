"""`frigate` from its options to a sub-label."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from recognizer import cli
from recognizer.frigate.subscription import Waiting
from tests.recognizer.frigate.test_subscription import FakeBroker

pytestmark = pytest.mark.slow


class Handler(BaseHTTPRequestHandler):
    """A Frigate with one snapshot of one object."""

    snapshot: bytes
    written: dict[str, Any] | None = None

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"0.18.0" if self.path == "/api/version" else self.snapshot)

    def do_POST(self) -> None:
        type(self).written = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Says nothing."""


def test_a_cat_in_the_garden_gets_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hen = Path("webui/static/webui/samples/hen.jpg").read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("OneHandler", (Handler,), {"snapshot": hen}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    broker = FakeBroker()
    get = Waiting.get
    once = iter([None])

    def get_once(waiting: Waiting, timeout_s: float | None = None) -> Any:
        if next(once, "over") == "over":
            raise KeyboardInterrupt
        return get(waiting, 20)

    monkeypatch.setattr(Waiting, "get", get_once)
    try:
        place = f"127.0.0.1:{broker.broker.port}"
        code = cli.main(["frigate", "--url", f"http://127.0.0.1:{server.server_port}", "--mqtt", place])
    finally:
        server.shutdown()
        server.server_close()
        broker.close()

    printed = capsys.readouterr()
    assert code == 1
    assert "Stopped." in printed.err
    written: Any = server.RequestHandlerClass.written  # type: ignore[attr-defined]
    assert written["subLabel"] == "chicken"
    assert written["subLabelScore"] > 0.9
    assert "garden: cat 1607123955.475377-mxklsc: chicken" in printed.out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--url", "frigate", "--mqtt", "broker"], "Expected Frigate's address"),
        (["--url", "http://frigate", "--mqtt", "tcp://broker"], "Expected the broker as HOST or HOST:PORT"),
        (["--url", "http://frigate", "--mqtt", "broker:70000"], "Expected the broker as HOST or HOST:PORT"),
        (
            ["--url", "http://frigate", "--mqtt", "broker", "--least-score", "80"],
            "Expected a --least-score from 0 to 1",
        ),
        (["--url", "http://frigate", "--mqtt", "broker", "--topic-prefix", "a/#"], "without # and +"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["frigate", *options]) == 2
    assert sentence in capsys.readouterr().err
