"""gunicorn's settings: `gunicorn --config webui/server/gunicorn_conf.py webui.server.wsgi`.

    master: settings, model file checked, database up to date, static files collected -> fork
    worker: Django -> model opened in a thread -> warm -> ready
    beside them: jobs/supervisor.py, which keeps the worker for long work running

The master never loads TensorFlow: it does not survive a fork.
"""

from __future__ import annotations

import logging
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings

from recognizer.engines import graph_files
from recognizer.errors import MenagerieError
from recognizer.model_file import artifact
from recognizer.registry import versions
from webui import services
from webui.config import database, environment, streamed_uploads
from webui.config.json_log import JsonLines
from webui.config.storage_address import StorageAddress
from webui.jobs import supervisor
from webui.server import memory, streamed_request
from webui.server.incoming_request import Limits
from webui.server.worker import BufferingWorker

# Each connection is a file descriptor; the rest is for files, pipes and whatever the engine opens.
_CONNECTIONS = 4096
_OTHER_DESCRIPTORS = 256

# A thread that wants to run asks the one that runs, and takes over after this time. With the 5 ms that Python has,
# the main loop, which receives what the clients send, waits so long for each piece while a picture is decoded.
_SWITCH_INTERVAL_S = 0.001

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webui.config.settings")
_environment = environment.read_or_exit()

# Before the library is loaded, which looks for it then. Where others have set it, it is the folder of another program.
os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
_metrics_folder = ""
if _environment.metrics_token and _environment.workers > 1:
    _metrics_folder = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="menagerie-metrics-")

# A connection on which nothing is sent is closed after so many seconds.
keepalive = 5


class Worker(BufferingWorker):
    """gunicorn's worker, set up."""

    limits = Limits(max_body_bytes=_environment.max_request_bytes, idle_timeout_s=keepalive)
    behind_proxy = _environment.behind_proxy
    is_streamed = staticmethod(streamed_uploads.is_streamed)


bind = _environment.address
worker_class = Worker
workers = _environment.workers
threads = _environment.request_threads + streamed_request.MOST_AT_ONCE
worker_connections = _CONNECTIONS
# The application, and the model with it, is loaded after the fork.
preload_app = False
# A worker whose main loop says nothing for so long is replaced. Requests run in threads and may take longer.
timeout = 60
graceful_timeout = 30
limit_request_line = 4094
limit_request_fields = 50
limit_request_field_size = 8190
# gunicorn takes some headers of whoever comes from this machine for a proxy's word: where they lead (SCRIPT_NAME), and
# whether it was HTTPS. A proxy passes them on as the client wrote them; `client_address.py` says what we believe.
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
# No access log: what people send, and when, is not written down. `--access-logfile -` switches it on.
accesslog = None
loglevel = "warning"
proc_name = "menagerie"
control_socket_disable = True


def on_starting(server: object) -> None:
    """Stops the start where model file or database cannot be used."""
    from webui.config import static_files  # Not before: it loads Django's applications.

    _allow_descriptors(_CONNECTIONS + _OTHER_DESCRIPTORS)
    _write_log_as_set()
    try:
        if _environment.storage:
            _join_the_others(_environment.storage)
        model = _environment.model or versions.active(_environment.models)
        if graph_files.find(model) is None:  # With its graph at hand the file need not be parsed.
            artifact.read(model)
        database.prepare(_environment)
        static_files.collect(settings.STATIC_ROOT)
    except MenagerieError as err:
        on_exit(server)  # gunicorn does not call it then.
        environment.stop(err, exit_code=1)


def _join_the_others(address: StorageAddress) -> None:
    """Tries the storage, and fetches the models that other servers have, before one is looked for.

    The objects of a process are made after the fork: connections are none that two processes could share.
    """
    from webui.config import object_storage  # It loads boto3.

    object_storage.check(address)
    if not _environment.is_one_of_several:
        return
    database.prepare(_environment)
    from webui.jobs import home
    from webui.versions.following import Follower

    try:
        if _environment.worker:
            home.claim()
        Follower().look(object_storage.ObjectStorage(address), is_first=True)
    finally:
        database.let_go()


def when_ready(server: Any) -> None:
    """Starts the worker for long work, once the database is up to date."""
    if _environment.worker:
        server.supervisor = supervisor.start()


def child_exit(server: object, worker: Any) -> None:
    """What a process has counted stays; what it is no longer is no longer told."""
    if _metrics_folder:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    """Stops the worker with the server."""
    if _metrics_folder:
        shutil.rmtree(_metrics_folder, ignore_errors=True)
    if started := getattr(server, "supervisor", None):
        supervisor.stop(started)


def post_worker_init(worker: Any) -> None:
    """Begins to open the model, and says when it is ready."""
    from recognizer.images import libtiff
    from webui.accounts import shared_allowance
    from webui.config.limited_log import LimitedLog
    from webui.config.log_secrets import WithoutClients, WithoutTokens
    from webui.drift import counters
    from webui.history import retention
    from webui.inference import served_model  # After the fork, like the rest of the application.
    from webui.jobs import retention as jobs_retention
    from webui.studio import removal as studio_removal

    libtiff.log_its_messages()
    errors = logging.getLogger("gunicorn.error")
    errors.addFilter(LimitedLog())  # It writes a line for each malformed request.
    errors.addFilter(WithoutTokens())
    errors.addFilter(WithoutClients())
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    memory.give_back()
    services.use(replace(services.current(), is_stopping=lambda: not worker.alive))
    served_model.announce(_environment.url)
    services.current().follower.start()
    upkeep: list[Callable[[], object]] = [retention.enforce, jobs_retention.enforce, counters.remove_old]
    if _environment.is_one_of_several:
        upkeep += [shared_allowance.forget_full, studio_removal.remove_orphans]
    retention.Upkeep(*upkeep).start()


def worker_exit(server: object, worker: object) -> None:
    """Writes what the history still has to write, and that a version that is being tried is not tried any more."""
    services.close()


def _write_log_as_set() -> None:
    """Gunicorn has its own handlers, which Django's settings do not reach."""
    if _environment.log == "json":
        for handler in logging.getLogger("gunicorn.error").handlers:
            handler.setFormatter(JsonLines())


def _allow_descriptors(count: int) -> None:
    """Raises the limit of open files, which is 1024 on many systems, as far as we may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
