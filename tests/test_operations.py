"""The dashboard and the alert rules ask for figures that there are, in words that Prometheus takes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from webui.metrics import meters
from webui.urls import urlpatterns

DOCS = Path(__file__).resolve().parent.parent / "docs"
ALERTS, BOARD = DOCS / "operations/alerts.yml", DOCS / "operations/grafana.json"
PROMTOOL = shutil.which("promtool")


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(BOARD.read_text(encoding="utf-8"))["panels"]
    return found


def queries() -> dict[str, str]:
    """Every PromQL expression of the dashboard, of the alert rules, and of the page about operations, by its place."""
    found = {
        f"{panel['title']} {target['refId']}": target["expr"].replace("$__rate_interval", "5m").replace("$job", ".*")
        for panel in panels()
        for target in panel["targets"]
    }
    rules = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"][0]["rules"]
    found |= {rule["alert"]: rule["expr"] for rule in rules}
    [block] = re.findall(r"```promql\n(.*?)```", (DOCS / "operations.md").read_text(encoding="utf-8"), re.DOTALL)
    return found | dict(re.findall(r"^# (.+)\n(.+)$", block, re.MULTILINE))


def samples() -> dict[str, frozenset[str]]:
    """Every sample that `/metrics` may have, with the labels that it may have."""
    return dict(_samples())


def _samples() -> Iterator[tuple[str, frozenset[str]]]:
    for family in meters._registry.collect():
        of_prometheus = {"job", "instance"}
        names = meters._registry._names_to_collectors[family.name]._labelnames
        labels = frozenset(names) | of_prometheus
        match family.type:
            case "counter":
                yield f"{family.name}_total", labels
            case "histogram":
                yield f"{family.name}_bucket", labels | {"le"}
                yield from ((f"{family.name}_{part}", labels) for part in ("sum", "count"))
            case _:
                yield family.name, labels


def test_every_figure_that_is_asked_for_is_told() -> None:
    asked = {name for query in queries().values() for name in re.findall(r"menagerie_\w+", query)}

    assert asked - set(samples()) == set()


def test_every_figure_that_is_told_is_documented_and_shown() -> None:
    families = {family.name + ("_total" if family.type == "counter" else "") for family in meters._registry.collect()}
    page = (DOCS / "operations.md").read_text(encoding="utf-8")
    shown = " ".join(queries().values())

    assert {name for name in families if f"`{name}`" not in page} == set()
    assert {name for name in families if name not in shown} == set()


def test_every_label_that_is_asked_for_is_one_of_its_figure() -> None:
    labels = samples()

    for place, query in queries().items():
        for name, matchers in re.findall(r"(menagerie_\w+)\{([^}]*)\}", query):
            assert set(re.findall(r"(\w+)\s*[=!]", matchers)) <= labels[name], place
        every = frozenset().union(*(labels[name] for name in re.findall(r"menagerie_\w+", query)))
        for names in re.findall(r"(?:by|on) \(([^)]*)\)", query):
            assert set(names.replace(" ", "").split(",")) <= every, place


def test_every_address_that_is_asked_for_is_one_of_ours() -> None:
    names = {getattr(pattern, "name", None) for pattern in urlpatterns}
    asked = {name for query in queries().values() for name in re.findall(r'address="(\w+)"', query)}

    assert asked
    assert asked <= names


def test_no_panel_of_the_dashboard_lies_on_another() -> None:
    taken = [
        (x, y)
        for panel in panels()
        for grid in [panel["gridPos"]]
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]

    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) == 23
    assert len({panel["id"] for panel in panels()}) == len(panels())


@pytest.mark.slow
@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed; it comes with Prometheus")
def test_prometheus_takes_every_query(tmp_path: Path) -> None:
    rules = [{"record": f"query:number_{number}", "expr": query} for number, query in enumerate(queries().values())]
    path = tmp_path / "queries.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}), encoding="utf-8")

    promtool("check", "rules", ALERTS, path)


@pytest.mark.slow
@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed; it comes with Prometheus")
def test_the_alerts_go_off_when_they_should() -> None:
    promtool("test", "rules", DOCS / "operations/alerts.test.yml")


def test_every_alert_is_tried() -> None:
    rules = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"][0]["rules"]
    tests = yaml.safe_load((DOCS / "operations/alerts.test.yml").read_text(encoding="utf-8"))["tests"]

    tried = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case["exp_alerts"]}
    assert tried == {rule["alert"] for rule in rules}


def promtool(*arguments: str | Path) -> None:
    done = subprocess.run([str(PROMTOOL), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
