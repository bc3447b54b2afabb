"""gunicorn's settings: `gunicorn --config webui/gunicorn_conf.py webui.wsgi`.

    master: settings, model file checked -> fork -> worker: Django -> model opened in a thread -> warm -> ready

The master never loads TensorFlow: it does not survive a fork.
"""

from __future__ import annotations

from recognizer import artifact, registry
from recognizer.errors import MenagerieError
from webui import startup

_environment = startup.environment_or_exit()

bind = _environment.address
worker_class = "gthread"
workers = _environment.workers
threads = _environment.threads
# The application, and the model with it, is loaded after the fork.
preload_app = False
# A worker whose main loop says nothing for so long is replaced. Requests run in threads and may take longer.
timeout = 60
graceful_timeout = 30
keepalive = 5
limit_request_line = 4094
limit_request_fields = 50
limit_request_field_size = 8190
# No access log: what people send, and when, is not written down. `--access-logfile -` switches it on.
accesslog = None
loglevel = "warning"
proc_name = "menagerie"
control_socket_disable = True


def on_starting(server: object) -> None:
    """Stops the start where the model file is missing or broken; reads it without TensorFlow."""
    try:
        artifact.read(_environment.model or registry.active())
    except MenagerieError as err:
        startup.stop(err, exit_code=1)


def post_worker_init(worker: object) -> None:
    """Begins to open the model, and says when it is ready."""
    from webui import serving  # After the fork, like the rest of the application.

    serving.announce(_environment.address)
