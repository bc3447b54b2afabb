"""A server whose model is the fake one, a data folder of its own, and people who use it."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.test import Client, override_settings
from django.utils import translation
from pytest_django.fixtures import Settings

from recognizer import Recognizer
from tests.recognizer.fakes import make_recognizer
from tests.webui import storages
from tests.webui.factories import make_user
from tests.webui.fakes import new_services, ready_model, share
from webui import services
from webui.accounts.models import User
from webui.config import shared_storage
from webui.config.limited_log import LimitedLog
from webui.config.storage_address import StorageAddress
from webui.history import recorder
from webui.inference.admission import Admission

if TYPE_CHECKING:
    from webui.config.object_storage import ObjectStorage

SettingsOf = Callable[..., None]


@pytest.fixture(autouse=True)
def process() -> Iterator[None]:
    """A server process of each test's own."""
    services.use(new_services())
    yield
    services.use(None)


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    return make_recognizer()


@pytest.fixture
def served(recognizer: Recognizer) -> Recognizer:
    """The process serves the fake model, ready and warm."""
    share(model=ready_model(recognizer))
    return recognizer


@pytest.fixture
def client(served: Recognizer) -> Client:
    """Django's test client before a server whose model is ready."""
    return Client(raise_request_exception=False)


@pytest.fixture
def address(served: Recognizer) -> Iterator[str]:
    """Host and port of a real server, in a thread, whose model is the fake one."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Silent)
    server.set_app(WSGIHandler())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def busy() -> Iterator[Admission]:
    """The only slot of the process is taken, and nobody may wait."""
    slots = Admission(running=1, queue_size=0, queue_timeout_s=1)
    share(admission=slots)
    with slots.slot():
        yield slots


@pytest.fixture
def settings_of(settings: Settings) -> SettingsOf:
    """Changes settings that come from the environment: settings_of(access="staff")."""

    def change(**fields: object) -> None:
        settings.ENVIRONMENT = django_settings.ENVIRONMENT.model_copy(update=fields)

    return change


@pytest.fixture(autouse=True)
def data_folder(settings_of: SettingsOf, tmp_path: Path) -> Path:
    """Where pictures are kept. Answers are kept only by tests that ask for `kept`."""
    settings_of(data=tmp_path, keep_days=0, allowed_hosts=("testserver",))  # As Django's client says.
    return tmp_path


@pytest.fixture
def kept(data_folder: Path, settings_of: SettingsOf, db: None) -> None:
    """Answers are kept for 30 days, each before its request ends."""
    settings_of(keep_days=30)
    share(recorder=AtOnce())


@pytest.fixture(scope="session")
def object_server() -> Iterator[StorageAddress]:
    """A server that behaves as S3 does; its bucket is shared by the tests, each with a prefix of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        with storages.moto() as address:
            yield address


@pytest.fixture
def storage(object_server: StorageAddress, settings: Settings, settings_of: SettingsOf) -> ObjectStorage:
    """What is kept lies in a storage that several servers share."""
    address = replace(object_server, prefix=f"test-{uuid.uuid4().hex}")
    settings.STORAGES = {
        **django_settings.STORAGES,
        "objects": {"BACKEND": "webui.config.object_storage.ObjectStorage", "OPTIONS": {"address": address}},
    }
    settings_of(storage=address)
    found = shared_storage.current()
    assert found is not None
    return found


class AtOnce(recorder.Recorder):
    """Writes in the request itself, so that a test's transaction has it."""

    def __init__(self) -> None:
        super().__init__(recorder.write)

    def put(self, entry: recorder.Entry) -> bool:
        self._write([entry])
        return True


@pytest.fixture(autouse=True)
def english() -> None:
    """The language of the request before stays active in its thread."""
    translation.deactivate()


@pytest.fixture(autouse=True, scope="package")
def quick() -> Iterator[None]:
    """Django's own hash takes a second, on purpose; WhiteNoise would list all static files for each client anew.

    Pages link to plain names, though a server may have collected files with digests in this folder.
    """
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    storages = {**django_settings.STORAGES, "staticfiles": plain}
    with override_settings(PASSWORD_HASHERS=hashers, WHITENOISE_AUTOREFRESH=True, STORAGES=storages):
        yield


@pytest.fixture(autouse=True, scope="package")
def views_are_loaded() -> None:
    """Django loads them at the first request, and what a test has exchanged by then would stay in what they build."""
    import_module("webui.urls")


@pytest.fixture(autouse=True, scope="package")
def every_line() -> Iterator[None]:
    """No line of the log is left out because another test has written many like it."""
    before = [(handler, list(handler.filters)) for handler in logging.getLogger("webui").handlers]
    for handler, filters in before:
        handler.filters = [one for one in filters if not isinstance(one, LimitedLog)]
    yield
    for handler, filters in before:
        handler.filters = filters


@pytest.fixture
def member(db: None) -> User:
    return make_user("mia")


@pytest.fixture
def staff(db: None) -> User:
    return make_user("sam", is_staff=True)


@pytest.fixture
def member_client(served: Recognizer, member: User) -> Client:
    """A member's browser."""
    client = Client(raise_request_exception=False)
    client.force_login(member)
    return client


@pytest.fixture
def staff_client(served: Recognizer, staff: User) -> Client:
    """The browser of somebody of the staff."""
    client = Client(raise_request_exception=False)
    client.force_login(staff)
    return client


@pytest.fixture
def visitor_client(served: Recognizer, settings_of: SettingsOf) -> Client:
    """A browser without an account that has its cookie; `visitor_of` says which."""
    settings_of(keep_days=30)
    client = Client(raise_request_exception=False)
    client.get("/")
    return client


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the class above.
        """Tests read no log."""
