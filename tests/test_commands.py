"""Each command that a person is shown works when it is pasted: it is spelled as here, and its parser takes it.

    pages, recipes, Makefile     lines of code and code in sentences
    messages                     `command_line(...)` and strings, in the syntax trees of the packages

A command in a form that is not known here fails: whoever writes it adds how it is checked.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

import menagerie.cli
import recognizer.cli
import training.cli
from recognizer import folders, terminal
from tests.test_docs import PAGES, ROOT

PACKAGES = ("recognizer", "training", "webui", "menagerie", "benchmarks")
SOURCES = sorted(
    path
    for package in (*PACKAGES, "docs")
    for path in (ROOT / package).rglob("*.py")
    if ".venv" not in path.relative_to(ROOT).parts
)
TEMPLATES = sorted(path for package in ("webui", "training") for path in (ROOT / package).rglob("*.html"))
RECIPES = sorted((ROOT / "training" / "recipes").glob("*.toml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

OURS = re.compile(
    r"\bpython3? -m (?:recognizer|training|benchmarks|docs)\b|\bmanage\.py\b|\bmenagerie [a-z]|\bmake [a-z]+\b"
    r"|\bdocker compose run\b"
)
"""What looks like a command of ours, in text of any kind."""
NOT_PASTED = frozenset(
    {"menagerie -> webui, training -> recognizer", "python -m recognizer", "python -m training", "make train"}
)
"""Names of programs in sentences, and a picture."""

# What stands for the words that a message fills in, by how its code names them.
FILLED_IN = {
    "*folder": [],
    "*words": [  # Of a training of Studio.
        *("training", "fit", "--data", "my farm/classes", "--unknown", "my farm/other", "--recipe", "quick"),
        *("--keep-split", "my farm/pictures.csv", "--set", "weights=models/my_farm-1.h5"),
    ],
    "*_given(options)": ["--data", "my farm", "--against", "my test"],
    "*_data(options)": ["--data", "my farm"],
    "*options.paths": ["photo graphs"],
    "*folders": ["--data", "my farm"],
    "*data": ["--data", "my farm"],
    "*unknown": ["--unknown", "other things"],
    "*options": ["--data", "corrections/classes", "--unknown", "corrections/unknown"],
    "*asked": ["fit", "--data", "my farm", "--out", "models/my_farm-1.h5"],
}
PLACEHOLDER = "X"


class Refused(Exception):
    """A parser does not take a command."""


# Parsers


def parser_of(module: str) -> argparse.ArgumentParser:
    made = {
        "recognizer": (recognizer.cli.COMMANDS, "recognizer"),
        "training": (training.cli.COMMANDS, "training"),
        "menagerie": (menagerie.cli._COMMANDS, "menagerie"),
    }
    commands, prog = made[module]
    return terminal.parser(commands, prog=prog, description="")


def check(words: list[str], parser: argparse.ArgumentParser) -> None:
    def refuse(message: str) -> None:
        raise Refused(message)

    for each in parsers_below(parser):
        each.error = refuse  # type: ignore[assignment, method-assign]  # Else it ends the process.
    parser.parse_args(words)


def parsers_below(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from parsers_below(below)


def check_module(words: list[str]) -> None:
    """`python -m WORDS`."""
    module, *options = words
    if module in {"recognizer", "training", "menagerie"}:
        check(options, parser_of(module))
    elif module == "benchmarks":
        from benchmarks.cli import _parser

        check(options, _parser())
    elif module.startswith("benchmarks."):
        check_benchmark(module, options)
    elif module.partition(".")[0] not in {"docs", "pytest", "hatchling", "pip"} or not importlib.util.find_spec(module):
        raise Refused(f"no module {module}")


def check_benchmark(module: str, options: list[str]) -> None:
    """Each has a parser of its own inside of `main`; what it knows stands in its source."""
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise Refused(f"no module {module}")
    known = set(re.findall(r'add_argument\(\s*"(-[\w-]+|\w+)"', Path(found.origin).read_text(encoding="utf-8")))
    unknown = [word for word in options if word.startswith("-") and word not in known]
    if unknown or (options and not known):
        raise Refused(f"{module} knows {known}, not {options}")


def check_manage(words: list[str]) -> None:
    """`manage.py WORDS`."""
    name, *options = words
    apps = get_commands()
    if name not in apps:
        raise Refused(f"manage.py has no command {name}")
    app = apps[name]
    command = app if isinstance(app, BaseCommand) else load_command_class(app, name)
    check(options, command.create_parser("manage.py", name))


def check_make(words: list[str]) -> None:
    """`make TARGET VARIABLE=value`."""
    words = words[2:] if words[0] == "-C" else words
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    variables = set(re.findall(r"\$\((\w+)\)", MAKEFILE))
    given = dict(word.split("=", 1) for word in words if "=" in word)
    asked = [word for word in words if "=" not in word]
    if not asked or not set(asked) <= targets or not set(given) <= variables:
        raise Refused(f"the Makefile has no {words}")
    if asked == ["train"]:
        check_module(["training", "fit", "--data", given["DATA"], *shlex.split(given.get("ARGS", ""))])
    if asked == ["bench"]:
        check_module(["benchmarks", *shlex.split(given.get("ARGS", ""))])


def check_command(line: str) -> None:
    """Raises `Refused` where a line would not work, or begins in a way that is not known."""
    words = shlex.split(line.removeprefix("ExecStart="), comments=True)  # Of systemd.
    words = words[: next((at for at, word in enumerate(words) if word in {"|", "<", ">", "&&"}), None)]
    while words and (re.fullmatch(r"[A-Z_]+=.*", words[0]) or words[0] in {"env", ".ci/with-postgresql"}):
        words = words[1:]
    match words:
        case ["docker", "compose", "exec", "-T", "server", *rest] | ["docker", "compose", "exec", "server", *rest]:
            words = rest
        case ["docker", "compose", "run", "--rm", "-T", "server", *rest]:  # Behind the image's entry point.
            words = ["menagerie", *rest]
    match words:
        case [".venv/bin/python" | "benchmarks/.venv/bin/python", "-m", *rest] if rest:
            check_module(rest)
        case [".venv/bin/python", "manage.py", *rest] if rest:
            check_manage(rest)
        case ["menagerie" | "menagerie-env/bin/menagerie", "manage", *rest] if rest:
            check_manage(rest)
        case ["menagerie" | "menagerie-env/bin/menagerie" | "/opt/menagerie/bin/menagerie", *rest]:
            check(rest, parser_of("menagerie"))
        case ["make", *rest]:
            check_make(rest)
        case _:
            raise Refused(f"unknown form: {line}")


# Commands that pages show


def code_of(page: Path) -> Iterator[str]:
    """Lines of blocks, joined where one ends in a backslash, and code in sentences."""
    text = page.read_text(encoding="utf-8")
    blocks = r"^```\w*\n(.*?)^```"
    for block in re.findall(blocks, text, re.MULTILINE | re.DOTALL):
        yield from block.replace("\\\n", " ").splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(blocks, "", text, flags=re.MULTILINE | re.DOTALL))


def shown_in_pages() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for line in code_of(page):
            if OURS.search(line) and line not in NOT_PASTED:
                yield page, line
    for recipe in RECIPES:
        for line in re.findall(r"^#   (.*)$", recipe.read_text(encoding="utf-8"), re.MULTILINE):
            yield recipe, line


SHOWN = sorted({(str(page.relative_to(ROOT)), line) for page, line in shown_in_pages()})


def test_pages_show_commands() -> None:
    assert len(SHOWN) > 80


@pytest.mark.parametrize(("page", "line"), SHOWN)
def test_a_command_of_a_page_works_where_it_is_pasted(page: str, line: str) -> None:
    check_command(line)


# Commands that messages show


def constants(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Strings of a module but for docstrings; what is filled in is `PLACEHOLDER`, and commands are left out."""
    expressions = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    left_out = expressions | inner
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else PLACEHOLDER for part in node.values)
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            yield node.lineno, node.value


def spelled_out() -> Iterator[tuple[str, str]]:
    """Commands that messages hold as text."""
    for path in SOURCES:
        for line, text in constants(ast.parse(path.read_text(encoding="utf-8"))):
            if OURS.search(text):
                yield f"{path.relative_to(ROOT)}:{line}", text
    for path in TEMPLATES:
        for code in re.findall(r"<code>(.*?)</code>", path.read_text(encoding="utf-8"), re.DOTALL):
            if OURS.search(code):
                yield str(path.relative_to(ROOT)), code


# Texts with what looks like a command, and is none to be pasted, by how they begin.
NO_COMMANDS = (
    "make a model file the one that is served",
    "make the graph that serving runs",
    "make accounts, export corrections",
    "It takes pictures to make one",
    "train no more",
    "You have X projects.",
    "With so few pictures, the true figure may be",
    "What is done is kept in",
    "One is enough: copies make a picture count",
    "Shots of one burst make a test easier",
    "menagerie manage",
    "manage.py",
    "python -m ",  # What `usage:` says.
)
# Commands that are spelled out, for they are the same everywhere.
SPELLED_OUT = ("make serve", "make serve MODEL=X", "make -C X serve MODEL=X", "make clean bench")


def test_a_message_takes_its_commands_from_command_line() -> None:
    """Which spells them for a checkout, an installation and another folder; a text is right for one of them."""
    texts = [(place, text) for place, text in spelled_out() if not text.startswith(NO_COMMANDS)]

    assert [(place, text) for place, text in texts if not text.endswith(SPELLED_OUT)] == []


@pytest.mark.parametrize("line", SPELLED_OUT)
def test_what_is_spelled_out_works(line: str) -> None:
    check_command(line)


def calls_of_command_line() -> Iterator[tuple[str, ast.Call]]:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "command_line" in text else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "command_line":
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def words_of(call: ast.Call) -> list[str]:
    words = []
    for argument in call.args:
        if isinstance(argument, ast.Constant):
            words.append(str(argument.value))
        elif isinstance(argument, ast.Starred):
            words += FILLED_IN[ast.unparse(argument)]
        else:
            words.append(PLACEHOLDER)
    return words


def refusal(words: list[str]) -> str:
    """What a parser has against a command of a message, which is run as a module or as the command."""
    if words == [PLACEHOLDER]:  # folders.command_line's own.
        return ""
    try:
        check_module(words)
        check(words[1:], parser_of("menagerie"))
    except Refused as err:
        return str(err)
    return ""


def test_a_command_of_a_message_works_where_it_is_pasted() -> None:
    calls = [(place, words_of(call)) for place, call in calls_of_command_line()]

    assert len(calls) > 20
    assert [(place, refusal(words)) for place, words in calls if refusal(words)] == []


# From where they are pasted


@pytest.mark.slow
@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_command_finds_the_code_from_any_folder(
    elsewhere: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "some where"
    folder.mkdir()
    monkeypatch.chdir(folder if elsewhere else ROOT)
    line = folders.command_line("recognizer", "--version")

    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout[:10]) == (0, "menagerie "), done.stderr


def test_wrong_commands_would_be_noticed() -> None:
    for line in (
        "python -m training fit --data X",
        ".venv/bin/python -m training fit --date X",
        ".venv/bin/python -m recognizer clasify X",
        ".venv/bin/python manage.py createadmins",
        "make serv",
        "make serve MODELL=x",
        "make train DATA=x ARGS=--resumed",
        "menagerie serve --prot 80",
        ".venv/bin/python -m benchmarks.soak --hours 1",
    ):
        with pytest.raises(Refused):
            check_command(line)
