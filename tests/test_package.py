"""The package as it is installed: its files, that it runs elsewhere, and that the pinned set is what it asks for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires, version
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("menagerie", "recognizer", "training", "webui")
MODEL = ("ACTIVE", "README.md", "animals-3.h5", "animals-3.report.html")
GRAPH = ("int8.bin", "int8.json", "int8.rejection", "int8.xml")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [built] = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files in a folder, as pip puts them there."""
    folder = tmp_path_factory.mktemp("site-packages")
    with ZipFile(wheel) as file:
        file.extractall(folder)
    return folder


def run(installed: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `menagerie` from there, somewhere else, for a user of its own."""
    ours = ("MENAGERIE_", "DJANGO_", "XDG_", "DATABASE_URL")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    variables = clean | {"PYTHONPATH": str(installed), "HOME": str(home)}
    command = [sys.executable, "-m", "menagerie", *arguments]
    return subprocess.run(command, cwd=home, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_wheel_has_every_file_of_the_packages_and_the_shipped_model(wheel: Path) -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES]
    files = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    gallery = {f"animals-3.gallery/{path.name}" for path in (ROOT / "models/animals-3.gallery").iterdir()}
    graph = {f"animals-3.compiled/{name}" for name in GRAPH}
    shipped = {f"recognizer/shipped/{name}" for name in {*MODEL, *graph, *gallery}}
    with ZipFile(wheel) as file:
        found = {name for name in file.namelist() if ".dist-info/" not in name}

    assert found == {name for name in files if (ROOT / name).exists()} | shipped


@pytest.mark.slow
def test_the_wheel_has_a_licence_a_command_and_a_size_that_package_indexes_take(wheel: Path) -> None:
    with ZipFile(wheel) as file:
        [commands] = [file.read(name).decode() for name in file.namelist() if name.endswith("/entry_points.txt")]
        names = file.namelist()

    assert "menagerie = menagerie.cli:main" in commands
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert wheel.stat().st_size < 100 * 10**6


@pytest.mark.slow
def test_installed_it_serves_the_shipped_model_from_the_users_folder(installed: Path, tmp_path: Path) -> None:
    picture = ROOT / "webui/static/webui/samples/horse.jpg"

    done = run(installed, tmp_path, "classify", str(picture), "--json")

    assert '"label": "horse"' in done.stdout, done.stderr
    assert (tmp_path / ".local/share/menagerie/models/animals-3.h5").is_file()


@pytest.mark.slow
def test_installed_it_finds_templates_translations_and_recipes(installed: Path, tmp_path: Path) -> None:
    checked = run(installed, tmp_path, "manage", "check")
    fit = run(installed, tmp_path, "fit", "--help")

    assert checked.returncode == 0, checked.stderr
    assert "quick" in fit.stdout
    assert (tmp_path / ".local/share/menagerie/secret-key").is_file()


def asked_for() -> dict[str, Requirement]:
    """What pyproject.toml names, with all extras that everybody installs: Ray is half a gigabyte for few."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {name: asked for name, asked in project["optional-dependencies"].items() if name != "ray"}
    every = [*project["dependencies"], *(name for asked in extras.values() for name in asked)]
    return {canonicalize_name(requirement.name): requirement for requirement in map(Requirement, every)}


def pinned() -> dict[str, str]:
    """Name and version of every line of requirements.txt that is for machines such as this one."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    lines = re.findall(r"^([a-z0-9-]+)==(\S+)(?: ; ([^#\n]*))?", text, re.MULTILINE)
    return {name: pin for name, pin, marker in lines if not marker or Marker(marker).evaluate()}


def needed_here() -> set[str]:
    """The names of all that this asks for in turn on this machine, as the installed packages say."""
    found: set[str] = set()
    todo = list(asked_for().values())
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        if name in found and not requirement.extras:
            continue
        found.add(name)
        inner = [Requirement(line) for line in requires(name) or []]
        extras = ("", *requirement.extras)
        todo += [each for each in inner if any(_applies(each, extra) for extra in extras)]
    return found


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def test_requirements_have_no_extras_so_that_they_can_constrain_others() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if "[" in line.partition("#")[0]] == []


def test_the_pinned_set_is_within_what_the_package_asks_for() -> None:
    pins = pinned()

    assert [
        str(asked) for name, asked in asked_for().items() if not asked.specifier.contains(pins.get(name, "0"))
    ] == []


def test_the_pinned_set_is_all_that_is_needed_and_no_more() -> None:
    assert set(pinned()) == needed_here()


def test_rays_pins_have_a_file_of_their_own_that_says_all_it_takes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "requirements-ray.txt").read_text(encoding="utf-8")

    assert "-r requirements.txt" in text.splitlines()
    for asked in map(Requirement, project["optional-dependencies"]["ray"]):
        pin = re.search(rf"^{re.escape(asked.name)}(?:\[.*\])?==(\S+)$", text, re.MULTILINE)
        assert pin is not None, asked
        assert asked.specifier.contains(pin[1])


def test_what_is_installed_here_is_the_pinned_set() -> None:
    assert {name: version(name) for name in pinned()} == pinned()
