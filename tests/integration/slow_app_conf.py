"""gunicorn's settings for `slow_app`: ours, but with as much patience as a test wants, and without a model file."""

from __future__ import annotations

import os
from dataclasses import replace

from webui.config import database
from webui.server import gunicorn_conf
from webui.server.gunicorn_conf import *  # noqa: F403 - gunicorn reads the names of one file.

_patience_s = float(os.environ["TROUBLE_PATIENCE_S"])


class Worker(gunicorn_conf.Worker):
    limits = replace(
        gunicorn_conf.Worker.limits, idle_timeout_s=_patience_s, head_timeout_s=_patience_s, body_grace_s=_patience_s
    )


worker_class = Worker


def on_starting(server: object) -> None:
    """Makes the tables, which the history looks into once a minute. There is no model file to look at."""
    database.prepare(gunicorn_conf._environment)
