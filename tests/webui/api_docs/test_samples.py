"""Every sample of code and every example of docs/api.md runs as it stands, but for the server's address and the key."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.test_docs import ROOT
from tests.webui.api_docs.conftest import run
from webui.api_docs.document import described
from webui.api_docs.samples import KEY, samples

EACH = {each.operation.name: each for each in described()}
LANGUAGES = ("curl", "Python", "JavaScript")
PAGE = (ROOT / "docs/api.md").read_text(encoding="utf-8")
DOCUMENTED = "127.0.0.1:8000"
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
on_a_server = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def blocks(language: str) -> list[str]:
    """The examples of docs/api.md."""
    return re.findall(rf"^```{language}\n(.*?)^```\n", PAGE, re.MULTILINE | re.DOTALL)


def codes(language: str) -> list[str]:
    """The examples of docs/api.md, and the samples; last come those that delete what others ask for, from within."""
    deleting = [each for each in EACH.values() if each.operation.name.startswith("delete_")]
    in_order = [each for each in EACH.values() if each not in deleting] + deleting[::-1]
    given = [sample for each in in_order for sample in samples(each, f"http://{DOCUMENTED}")]
    found = [sample.code for sample in given if sample.language == language]
    written = {"curl": "", "Python": "python", "JavaScript": "js"}[language]
    lines = [line for block in blocks(written) for line in ([block] if written else block.splitlines())]
    return [line for line in lines if written or "curl " in line] + found


def test_every_operation_has_one_in_each_language() -> None:
    assert {tuple(sample.language for sample in samples(each, "")) for each in EACH.values()} == {LANGUAGES}


def test_the_page_has_examples_in_each_language() -> None:
    assert all(len(blocks(language)) >= 4 for language in ("", "python", "js"))


class TestOnAServer:
    pytestmark = on_a_server

    def test_those_with_curl_are_answered(self, address: str, token: str) -> None:
        for code in codes("curl"):
            asked = code.replace(KEY, token).replace(DOCUMENTED, address)
            run("bash", "-c", asked.replace("curl ", "curl --silent --show-error --fail-with-body ", 1))

    def test_those_in_python_are_answered(self, address: str, token: str, capsys: pytest.CaptureFixture[str]) -> None:
        for code in codes("Python"):
            exec(compile(code.replace(KEY, token).replace(DOCUMENTED, address), "example", "exec"), {})

        printed = capsys.readouterr().out
        assert "'label': 'cat'" in printed
        assert "304" in printed

    @needs_node
    def test_those_in_javascript_are_answered(self, address: str, token: str, tmp_path: Path) -> None:
        found = codes("JavaScript")
        for number, code in enumerate(found):
            (tmp_path / f"{number}.mjs").write_text(code.replace(KEY, token).replace(DOCUMENTED, address))
        (tmp_path / "all.mjs").write_text("".join(f'await import("./{number}.mjs");\n' for number in range(len(found))))

        run("node", "all.mjs")


def test_an_address_below_a_prefix_is_in_them() -> None:
    for each in EACH.values():
        for sample in samples(each, "https://example.org/animals"):
            assert f"https://example.org/animals{each.path.partition('{')[0]}" in sample.code
