"""The application before a model without a network, whose answers take a moment or are held back by a file."""

from __future__ import annotations

import os
import time
from pathlib import Path

from recognizer.engines import Outputs
from recognizer.preprocessing import Pixels
from tests.recognizer.fakes import FakeEngine, make_recognizer
from tests.webui.fakes import new_services, ready_model
from webui import services
from webui.server.wsgi import application

__all__ = ["application"]

COMPUTING_S = 0.02
_CHECK_S = 0.01


class SlowEngine(FakeEngine):
    """Takes its time, and all the time for as long as the gate is shut: while its file exists."""

    def __init__(self, gate: Path) -> None:
        super().__init__()
        self._gate = gate

    def run(self, pixels: Pixels) -> Outputs:
        time.sleep(COMPUTING_S)
        while self._gate.exists():
            time.sleep(_CHECK_S)
        return super().run(pixels)


_recognizer = make_recognizer()
_recognizer.engine = SlowEngine(Path(os.environ["TROUBLE_GATE"]))
services.use(new_services(model=ready_model(_recognizer)))
