from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from recognizer import Recognizer
from recognizer.errors import MenagerieError
from tests.webui.factories import make_answer, make_correction
from tests.webui.fakes import image_file, other_file
from webui import wording
from webui.accounts.models import ApiKey, User
from webui.problems import STATUS_BY_CODE

MARKS = frozenset({"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"})
CATALOGUE = Path(wording.__file__).parent / "locale" / "zh_Hans" / "LC_MESSAGES"


def every_error(root: type[MenagerieError]) -> list[type[MenagerieError]]:
    return [root, *(found for error in root.__subclasses__() for found in every_error(error))]


@pytest.mark.parametrize("accepted", ["zh-CN,zh;q=0.9", "zh-Hans", "zh"])
def test_the_page_comes_in_the_browsers_language(client: Client, accepted: str) -> None:
    page = client.get("/", HTTP_ACCEPT_LANGUAGE=accepted).content.decode()

    assert '<html lang="zh-hans">' in page
    assert "图片里是什么" in page


def test_other_languages_get_english(client: Client) -> None:
    assert '<html lang="en">' in client.get("/", HTTP_ACCEPT_LANGUAGE="fr").content.decode()


def test_answers_come_in_chinese(client: Client) -> None:
    response = client.post("/", {"image": image_file()}, HTTP_ACCEPT_LANGUAGE="zh-CN")

    assert re.findall(r'result-card-name">(.)<', response.content.decode()) == ["猫"]


def test_errors_come_in_chinese(client: Client) -> None:
    response = client.post("/", {"image": other_file()}, HTTP_ACCEPT_LANGUAGE="zh-CN")

    assert "这个文件不是可以读取的图片" in response.content.decode().split("script-data")[0]


def test_the_switch_keeps_the_chosen_language(served: Recognizer) -> None:
    strict = Client(enforce_csrf_checks=True)
    token = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', strict.get("/").content.decode())[0]

    switched = strict.post("/language/", {"language": "zh-hans", "next": "/", "csrfmiddlewaretoken": token})

    assert (switched.status_code, switched["Location"]) == (302, "/")
    assert '<html lang="zh-hans">' in strict.get("/").content.decode()


def test_a_models_own_class_names_stay_as_they_are() -> None:
    with translation.override("zh-hans"):
        assert [wording.class_name(name) for name in ("cat", "zebra")] == ["猫", "zebra"]


FOR_PROGRAMS = {"not_found", "method_not_allowed", "already_reviewed", "switch_running", "model_is_set"}
"""Codes that no script of a page shows: it has a page instead, or words of its own."""


@pytest.mark.parametrize("code", sorted(STATUS_BY_CODE.keys() - FOR_PROGRAMS))
def test_every_error_has_its_own_sentence_in_both_languages(code: str) -> None:
    assert code in wording.error_sentences()
    with translation.override("zh-hans"):
        assert re.search("[\u4e00-\u9fff]", wording.error_sentence(code))


@pytest.mark.parametrize("error", every_error(MenagerieError), ids=lambda error: error.__name__)
def test_every_reason_has_its_own_sentence_in_both_languages(error: type[MenagerieError]) -> None:
    by_code, by_reason = wording.error_sentence(error.code), wording.error_sentence(error.code, error.reason)
    with translation.override("zh-hans"):
        chinese = wording.error_sentence(error.code, error.reason)

    assert error.reason in {"", *wording.error_sentences()}
    assert (by_reason != by_code) == bool(error.reason)
    assert re.search("[\u4e00-\u9fff]", chinese)


def test_the_catalogue_is_complete() -> None:
    text = (CATALOGUE / "django.po").read_text(encoding="utf-8")

    assert "fuzzy" not in text
    assert not re.search(r'msgid ".+"\nmsgstr ""', text)


def test_the_compiled_catalogue_belongs_to_its_source() -> None:
    text = (CATALOGUE / "django.po").read_text(encoding="utf-8")
    compiled = (CATALOGUE / "django.mo").read_bytes()

    written = [ast.literal_eval(quoted) for quoted in re.findall(r'^msgstr (".+")$', text, re.MULTILINE)]
    assert [line for line in written if line.encode() not in compiled] == []


def test_every_text_of_the_templates_is_in_the_catalogue() -> None:
    templates = "".join(path.read_text(encoding="utf-8") for path in CATALOGUE.parents[2].glob("templates/**/*.html"))
    catalogue = (CATALOGUE / "django.po").read_text(encoding="utf-8")

    texts = [text for _, text in re.findall(r"""{% translate (["'])(.+?)\1""", templates)]

    assert [text for text in texts if f'msgid "{text}"' not in catalogue] == []


def test_every_text_of_the_code_is_in_the_catalogue() -> None:
    with (CATALOGUE / "django.mo").open("rb") as file:
        catalogue = set(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]
    marked = {text for path in CATALOGUE.parents[2].rglob("*.py") for text in texts_of(path)}

    assert len(marked) > 100
    assert marked - {key[0] if isinstance(key, tuple) else key for key in catalogue} == set()


def texts_of(path: Path) -> Iterator[str]:
    """What is handed to gettext in a module, whatever it is called there."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            text = node.args[1 if node.func.id.startswith("p") else 0]
            if isinstance(text, ast.Constant):
                context = node.args[0].value + "\x04" if node.func.id.startswith("p") else ""
                yield context + text.value


def test_no_space_follows_a_chinese_full_stop(staff_client: Client, staff: User) -> None:
    make_correction(make_answer(user=staff))
    ApiKey.make(staff, "script", ["read"])
    pages = (
        "/history/",
        "/history/?q=zebra",
        "/review/",
        "/review/reviewed/",
        "/account/",
        "/account/people/",
        "/models/",
    )

    texts = {page: staff_client.get(page, HTTP_ACCEPT_LANGUAGE="zh-CN").content.decode() for page in pages}

    assert [(page, found) for page, text in texts.items() for found in re.findall(r".{9}。 +[^ \n].{9}", text)] == []
