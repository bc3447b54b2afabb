"""What tests of several packages share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

from recognizer import architectures
from recognizer.architectures import Architecture
from recognizer.preprocessing import Preprocessing

# On arrays as small as those of the tests, a second thread only waits, and that busily. The variables are for libraries
# that are loaded later, SciPy's and scikit-learn's, and for other processes.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")
threadpool_limits(int(os.environ["OPENBLAS_NUM_THREADS"]), "blas")

# A machine with other work takes longer than 0.2 s for an example now and then.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

# Files with tests that take minutes of CPU, the longest first.
LONGEST = (
    "integration/test_every_architecture.py",
    "browser/test_every_page.py",
    "browser/test_loop.py",
    "browser/test_dreams.py",
    "browser/test_home.py",
    "integration/test_one_answer.py",
    "training/test_killed.py",
)
_MAY_BE_LOADED = pytest.StashKey[bool]()
_AFTER_COLLECTION = pytest.StashKey[set[str]]()


def _loaded() -> set[str]:
    return {"keras", "tensorflow"} & set(sys.modules)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", action="store_true", help="run only the tests that ask the database")
    parser.addoption("--exhaustive", action="store_true", help="run the tests that are marked `exhaustive`, too")


def pytest_configure(config: pytest.Config) -> None:
    # pytest-xdist would give out files with many tests first, and most that take long have few.
    config.option.loadscopereorder = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--database"):
        _keep(items, config, asks_the_database)
    if not config.getoption("--exhaustive"):
        _keep(items, config, lambda item: item.get_closest_marker("exhaustive") is None)
    patient = pytest.mark.timeout(10 * float(config.getini("timeout")))
    for item in items:
        if any(item.get_closest_marker(name) for name in ("slow", "tensorflow", "browser")):
            item.add_marker(patient)
    # What takes longest comes first, so that of two processes none is left with it at the end.
    first = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    slow = {item.path: len(first) for item in items if item.get_closest_marker("slow")}
    places = slow | first
    items.sort(key=lambda item: places.get(item.path, len(first) + 1))


def _keep(items: list[pytest.Item], config: pytest.Config, is_wanted: Callable[[pytest.Item], bool]) -> None:
    config.hook.pytest_deselected(items=[item for item in items if not is_wanted(item)])
    items[:] = filter(is_wanted, items)


def asks_the_database(item: pytest.Item) -> bool:
    """Whether a test asks the database: Django's for tests, or the one that the settings name."""
    fixtures = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return bool(fixtures) or any(item.get_closest_marker(name) for name in ("django_db", "asks_the_database"))


def pytest_collection_finish(session: pytest.Session) -> None:
    session.config.stash[_AFTER_COLLECTION] = _loaded()


@pytest.fixture
def loaded_by_collection(pytestconfig: pytest.Config) -> set[str]:
    """What of TensorFlow was loaded before the first test."""
    return pytestconfig.stash[_AFTER_COLLECTION]


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("tensorflow"):
        item.config.stash[_MAY_BE_LOADED] = True


def pytest_runtest_teardown(item: pytest.Item) -> None:
    if _loaded() and not item.config.stash.setdefault(_MAY_BE_LOADED, False):
        item.config.stash[_MAY_BE_LOADED] = True
        pytest.fail("This test loads TensorFlow, so mark it `tensorflow`.", pytrace=False)


@pytest.fixture(autouse=True)
def _no_watch_is_left() -> Iterator[None]:
    """What watches a model file for as long as a process lives would look in vain in the middle of other tests."""
    yield
    services = sys.modules.get("webui.services")
    if services is not None and services._current is not None:
        services._current.model_watch.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright: one for all tests of a process, for its event loop stays in this thread."""
    sync_api = pytest.importorskip("playwright.sync_api")
    # Django would take the tests' queries for ones from inside that loop.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_api.sync_playwright() as started:
        yield started


def tiny(name: str = "tiny", **changes: Any) -> Architecture:
    """An architecture with two small stages, that trains in seconds."""

    def build_backbone(input_shape: tuple[int, int, int]) -> object:
        from keras import Input, Model, layers

        image = Input(input_shape, name="image")
        x = layers.Conv2D(8, 3, strides=2, name="conv1_conv")(image)
        x = layers.BatchNormalization(name="conv1_bn")(x)
        x = layers.Activation("relu", name="conv1_relu")(x)
        x = layers.Conv2D(16, 3, strides=2, name="conv2_conv")(x)
        x = layers.Activation("relu", name="conv2_relu")(x)
        return Model(image, x)

    preprocessing: dict[str, Any] = {
        "input_size": 32,
        "fit": "stretch",
        "crop_fraction": 1.0,
        "interpolation": "bilinear",
        "channel_order": "rgb",
        "mean": (127.5, 127.5, 127.5),
        "std": (127.5, 127.5, 127.5),
    }
    return Architecture(
        name=name,
        build_backbone=build_backbone,
        preprocessing=Preprocessing(**{**preprocessing, **changes}),
        stages=("conv1", "conv2"),
    )


@pytest.fixture(scope="module")
def tiny_architecture() -> Iterator[str]:
    """The name of a tiny architecture."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(architectures.ARCHITECTURES, "tiny", tiny())
        yield "tiny"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Gives this run a database of its own: a file, which several threads can open, or a name on the server."""
    from django.db import connection

    is_file = connection.vendor == "sqlite"
    name = str(tmp_path_factory.mktemp("database") / "test.sqlite3") if is_file else f"test_menagerie_{os.getpid()}"
    connection.settings_dict["TEST"]["NAME"] = name


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the project."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip(f"needs the real data in {folder}")
    return folder
