"""Each example of docs/protocols.md runs as it stands, but for the port."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.test_docs import ROOT
from tests.webui.fakes import image_bytes

PAGE = (ROOT / "docs/protocols.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```\n", PAGE, re.MULTILINE | re.DOTALL)
PROGRAMS = [code for language, code in BLOCKS if language == "python"]
LINES = [line for language, code in BLOCKS if not language for line in code.splitlines()]
DOCUMENTED = "127.0.0.1:8000"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a picture of a cat."""
    (tmp_path / "cat.jpg").write_bytes(image_bytes())
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_prints_what_it_should(program: str, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(program.replace(DOCUMENTED, address), "example", "exec"), {})

    assert "cat" in capsys.readouterr().out


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_answered(line: str, address: str) -> None:
    assert "curl " in line
    asked = line.replace(DOCUMENTED, address).replace("curl ", "curl --silent --show-error --fail-with-body ")

    answer = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=False, timeout=60)

    assert answer.returncode == 0, answer
    assert json.loads(answer.stdout)
