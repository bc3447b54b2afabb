"""The client, and `classify --server`, before a real server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recognizer import Recognizer, cli
from recognizer.client import Activation, Answer, AsyncClient, Client, Correction, Problem
from recognizer.model_file.artifact import Artifact
from tests import event_loops
from tests.recognizer.fakes import BLUE, GREEN, RED, FakeEngine, make_metadata, make_recognizer, plain
from tests.recognizer.registry.test_versions import model_file
from tests.recognizer.results_format import valid
from tests.test_docs import ROOT
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer, make_correction, make_user
from tests.webui.fakes import image_bytes, ready_model, share
from tests.webui.versions.conftest import opened
from webui.accounts.models import ApiKey, Scope

PAGE = (ROOT / "docs/client.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```\n", PAGE, re.MULTILINE | re.DOTALL)
DOCUMENTED = "127.0.0.1:8000"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with pictures: a cat, a chicken, one that is broken."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "cat.jpg").write_bytes(image_bytes())
    (pictures / "chicken.png").write_bytes(plain(GREEN))
    (pictures / "damaged.jpg").write_bytes(b"\xff\xd8\xff")
    monkeypatch.chdir(pictures)
    return pictures


@pytest.mark.parametrize("program", [each for each in PROGRAMS if not re.search(r"client\.(batch|project)\(", each)])
def test_an_example_prints_what_it_should(
    program: str, folder: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio_main = {"__name__": "__main__"}

    example = compile(program.replace(DOCUMENTED, address), "example", "exec")
    event_loops.in_a_thread(lambda: exec(example, asyncio_main))

    printed = capsys.readouterr().out
    assert "cat" in printed or printed.startswith("422 invalid_image damaged The picture is ")


def test_both_clients_answer_as_the_library(address: str, served: Recognizer) -> None:
    picture = plain(BLUE)

    async def ask() -> list[Answer]:
        async with AsyncClient(f"http://{address}") as client:
            return [await client.classify(picture), *[each async for _, each in client.classify_many([picture])]]

    with Client(f"http://{address}") as client:
        answers = [client.classify(picture), *event_loops.run(ask())]

    expected = served.classify(picture)
    assert [answer.prediction for answer in answers] == [expected] * 3
    assert [answer.model.digest for answer in answers] == ["sha256:0"] * 3


@pytest.mark.django_db(transaction=True)
def test_the_history_is_gone_through_page_by_page(
    address: str, settings_of: SettingsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_of(keep_days=30)
    user = make_user()
    answers = [make_answer(user=user, age_days=age, picture=False) for age in range(5)]
    make_correction(answers[0])
    _, token = ApiKey.make(user, "script", [Scope.READ])
    monkeypatch.setattr("recognizer.client.calls.HISTORY_PAGE", 2)

    async def ids() -> list[str]:
        async with AsyncClient(f"http://{address}", key=token) as client:
            return [answer.id async for answer in client.history()]

    with Client(f"http://{address}", key=token) as client:
        found = list(client.history())
        with pytest.raises(Problem) as refused:
            client.classify(plain(RED))

    assert [answer.id for answer in found] == [str(answer.id) for answer in answers] == event_loops.run(ids())
    assert (found[0].correction.kind, found[0].correction.label) == ("class", "dog") if found[0].correction else False
    assert found[0].created == answers[0].created
    assert (found[1].prediction.label, found[1].correction) == ("cat", None)
    assert (refused.value.code, refused.value.status) == ("forbidden", 403)


def test_the_models_are_listed(address: str) -> None:
    with Client(f"http://{address}") as client:
        [model] = [each for each in client.models() if each.active]

    assert model.class_names == ("cat", "chicken", "dog", "horse")


@pytest.mark.django_db(transaction=True)
def test_answers_are_corrected_and_deleted(address: str, settings_of: SettingsOf) -> None:
    settings_of(keep_days=30)
    user = make_user()
    first, second = (str(make_answer(user=user, picture=False).id) for _ in range(2))
    _, token = ApiKey.make(user, "script", [Scope.WRITE, Scope.READ])

    async def ask() -> Correction:
        async with AsyncClient(f"http://{address}", key=token) as client:
            said = await client.correct(second, "new_class", "fox")
            await client.withdraw(second)
            await client.delete(second)
            return said

    with Client(f"http://{address}", key=token) as client:
        said = client.correct(first, "class", "dog")
        [kept] = [answer.correction for answer in client.history() if answer.id == first]
        client.withdraw(first)
        with pytest.raises(Problem) as refused:
            client.correct("../models", "none")
        assert event_loops.run(ask()) == Correction("new_class", "fox", "pending")
        client.delete(first)
        left = list(client.history())

    assert said == kept == Correction("class", "dog", "pending")
    assert (refused.value.code, left) == ("not_found", [])


@pytest.mark.django_db(transaction=True)
def test_a_version_is_activated(
    address: str, settings_of: SettingsOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1", "2"):
        model_file(tmp_path / f"animals-{version}.h5", name="animals", version=version)
    (tmp_path / "ACTIVE").write_text("animals-1\n")
    settings_of(models=tmp_path)
    monkeypatch.setattr(Recognizer, "open", opened)
    _, token = ApiKey.make(make_user(is_staff=True), "script", [Scope.ACTIVATE])

    async def ask(number: int) -> Activation:
        async with AsyncClient(f"http://{address}", key=token) as client:
            return await client.activation(number)

    with Client(f"http://{address}", key=token) as client:
        begun = client.activate("animals-2")
        ended = client.activation(begun.id)

    assert (ended.version, ended.before, ended.outcome, ended.is_running) == ("animals-2", "animals-1", "done", False)
    assert event_loops.run(ask(begun.id)) == ended


# The command line


@pytest.fixture
def both(folder: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The options of a command that is answered here, and of one that the server answers."""
    monkeypatch.setattr(Recognizer, "open", lambda *_, **__: make_recognizer())
    return [["--model", "fake.h5"], ["--server", f"http://{address}"]]


def classify(*arguments: object) -> int:
    return cli.main(["classify", *map(str, arguments)])


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_server_prints_what_is_printed_here(
    folder: Path, both: list[list[str]], form: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    printed = []
    for options in both:
        assert classify(folder, *form, *options) == 0
        printed.append(capsys.readouterr().out)

    assert printed[0] == printed[1]
    assert "chicken" in printed[0]


def test_a_server_writes_the_files_that_are_written_here(folder: Path, tmp_path: Path, both: list[list[str]]) -> None:
    for name, options in zip(("here", "there"), both, strict=True):
        assert classify(folder, "--csv", tmp_path / f"{name}.csv", *options) == 0
        assert classify(folder, "--megadetector", tmp_path / f"{name}.json", *options) == 0

    assert (tmp_path / "here.csv").read_bytes() == (tmp_path / "there.csv").read_bytes()
    assert valid(tmp_path / "here.json")["images"] == valid(tmp_path / "there.json")["images"]


def test_a_server_that_changes_its_model_ends_the_command(
    folder: Path,
    tmp_path: Path,
    both: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    newer = Recognizer(Artifact(Path("animals-2.h5"), make_metadata(version="2"), "sha256:1"), FakeEngine())
    ask_which = Client.classify

    def ask_which_before_it_changes(self: Client, picture: bytes, *, keep: bool) -> Answer:
        answer = ask_which(self, picture, keep=keep)
        share(model=ready_model(newer))
        return answer

    monkeypatch.setattr(Client, "classify", ask_which_before_it_changes)

    code = classify(folder, "--csv", tmp_path / "out.csv", *both[1])

    assert code == 1
    assert "It answers with animals-2 now. Give the command again, with a new file." in capsys.readouterr().err
    assert len((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()) == 1


def test_a_refusal_is_one_line(
    folder: Path, both: list[list[str]], settings_of: SettingsOf, capsys: pytest.CaptureFixture[str]
) -> None:
    settings_of(access="key")

    code = classify(folder, *both[1])

    error = capsys.readouterr().err
    assert (code, error.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    "options",
    [
        ["--key", "mng_1"],
        ["--server", "server"],
        ["--server", "http://server", "--model", "fake.h5"],
        ["--server", "http://server", "--no-second-look"],
        ["--server", "http://server", "--boxes", "boxes.json", "--megadetector", "out.json"],
    ],
)
def test_options_that_do_not_belong_together_are_refused(
    folder: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert classify(folder, *options) == 2
    assert capsys.readouterr().err.count("\n") == 1
