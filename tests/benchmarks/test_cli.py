"""The command, its processes and its documentation."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import cli, contender_process
from benchmarks.contender_process import NotRunError
from benchmarks.contenders import CONTENDERS
from benchmarks.plan import Plan
from benchmarks.rows import OURS, Row

README = Path(cli.__file__).with_name("README.md")


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(model="no-model.h5", folder=str(tmp_path), seconds=0.01, cores=2)


def test_help_names_every_contender(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "1000")  # Else names are broken at their hyphens.

    with pytest.raises(SystemExit) as stopped:
        cli.main(["--help"])

    words = capsys.readouterr().out.replace(",", " ").split()
    assert stopped.value.code == 0
    assert set(CONTENDERS) <= set(words)


def test_every_contender_is_documented() -> None:
    text = README.read_text(encoding="utf-8")

    assert [name for name in CONTENDERS if f"| `{name}` |" not in text] == []


def test_an_unknown_contender_is_exit_code_2() -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["--only", "caffe"])

    assert stopped.value.code == 2


@pytest.mark.slow
def test_contenders_are_named_without_loading_what_they_measure() -> None:
    """In a process of its own: other tests export models, for which Keras loads some of them."""
    code = "import benchmarks.cli, sys; sys.exit(bool({'onnxruntime', 'ai_edge_litert'} & set(sys.modules)))"

    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_plan_comes_back_from_json(plan: Plan) -> None:
    assert Plan.from_json(plan.to_json()) == plan


def test_what_is_left_out_is_said_last(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def measure(name: str, plan: Plan) -> Iterator[Row]:
        if name == "litert":
            raise NotRunError("No module named 'ai_edge_litert'")
        yield Row("engine", OURS, per_second=1.0)

    monkeypatch.setattr(contender_process, "measure", measure)

    assert cli.main(["--only", "litert", "engine", "--out", str(tmp_path / "bench.json")]) == 0
    assert "litert (No module named 'ai_edge_litert')" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.slow
def test_a_contender_that_fails_says_why(plan: Plan) -> None:
    with pytest.raises(NotRunError, match=r"no-model\.h5"):
        list(contender_process.measure("engine", plan))
