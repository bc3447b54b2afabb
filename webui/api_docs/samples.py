"""Samples of code for each operation: with curl, in Python and in JavaScript.

All three are written from one `Call`, which is the operation's own examples; a test runs each of them as it stands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from recognizer.predictions.documents import Document
from webui.api.endpoint import Media
from webui.api_docs.document import Described

KEY = "mng_..."
PICTURE, ZIP = "cat.jpg", "photographs.zip"
_ZIP_TYPE = "application/zip"


@dataclass(frozen=True)
class Call:
    """A request that a sample sends, and what it does with the answer."""

    method: str
    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    sends_file: bool
    """Whether it sends the picture `PICTURE` as a form."""
    sends_zip: bool
    """Whether its body is the zip file `ZIP`."""
    json: Mapping[str, Any] | None
    saves_as: str
    """The name of the file that the answer becomes; empty where it is printed."""
    has_answer: bool
    field: str = field(default="image", repr=False)

    @property
    def sends_something(self) -> bool:
        """Whether it has a body."""
        return self.sends_file or self.sends_zip or self.json is not None

    @property
    def address(self) -> str:
        """With what stands behind the question mark."""
        return self.url + (f"?{urlencode(self.params)}" if self.params else "")


@dataclass(frozen=True)
class Sample:
    """The code of a call in one language."""

    language: str
    code: str


def samples(each: Described, server: str) -> list[Sample]:
    """The samples of an operation.

    Args:
        each: the operation.
        server: its address, without a slash at the end.
    """
    call = _call(each, server)
    return [Sample(language, write(call)) for language, write in _LANGUAGES.items()]


def _call(each: Described, server: str) -> Call:
    operation = each.operation
    path = each.path
    for name, part in operation.path.items():
        path = path.replace(f"{{{name}}}", part.example)
    first = operation.parameters[0] if operation.parameters else None
    forms = operation.body.forms if operation.body else {}
    document = next((form for form in forms.values() if isinstance(form, Document)), None)
    answer = next(iter(operation.answers.values()))
    return Call(
        method=operation.method,
        url=f"{server}{path}",
        params={first.name: first.example} if first else {},
        headers=({"Authorization": f"Bearer {KEY}"} if operation.scope else {})
        | ({"Content-Type": _ZIP_TYPE} if set(forms) == {_ZIP_TYPE} else {}),
        sends_file="multipart/form-data" in forms,
        sends_zip=set(forms) == {_ZIP_TYPE},
        json=document.to_dict() if document else None,
        saves_as=answer.name if isinstance(answer, Media) else "",
        has_answer=answer is not None,
    )


def _curl(call: Call) -> str:
    words = []
    if call.method not in {"GET", "POST"} or (call.method == "POST" and not call.sends_something):
        words.append(f"-X {call.method}")
    words += [f'-H "{name}: {value}"' for name, value in call.headers.items()]
    if call.sends_file:
        words.append(f"-F {call.field}=@{PICTURE}")
    if call.sends_zip:
        words.append(f"--data-binary @{ZIP}")
    if call.json is not None:
        words += ['-H "Content-Type: application/json"', f"-d '{json.dumps(call.json)}'"]
    if call.saves_as:
        words.append(f"-o {call.saves_as}")
    return "curl " + " \\\n  ".join([*words, f'"{call.address}"'])


def _python(call: Call) -> str:
    arguments = [repr(call.url).replace("'", '"')]
    if call.params:
        arguments.append(f"params={json.dumps(call.params)}")
    if call.headers:
        arguments.append(f"headers={json.dumps(call.headers)}")
    if call.sends_file:
        arguments.append(f'files={{"{call.field}": ("{PICTURE}", Path("{PICTURE}").read_bytes())}}')
    if call.sends_zip:
        arguments.append(f'data=Path("{ZIP}").read_bytes()')
    if call.json is not None:
        arguments.append(f"json={_literal(call.json)}")
    sent = "".join(f"    {argument},\n" for argument in arguments)
    heard = "answer.raise_for_status()"
    if call.saves_as:
        heard += f'\nPath("{call.saves_as}").write_bytes(answer.content)'
    elif call.has_answer:
        heard += "\nprint(answer.json())"
    files = "from pathlib import Path\n\n" if call.sends_file or call.sends_zip or call.saves_as else ""
    return f"{files}import requests\n\nanswer = requests.{call.method.lower()}(\n{sent})\n{heard}"


def _literal(document: Mapping[str, Any]) -> str:
    """A JSON object as Python spells it, with the quotes of JSON."""
    spelled = json.dumps(document)
    for word, ours in (("null", "None"), ("true", "True"), ("false", "False")):
        spelled = spelled.replace(f": {word}", f": {ours}")
    return spelled


def _javascript(call: Call) -> str:
    before, options = [], []
    if call.method != "GET":
        options.append(f'method: "{call.method}"')
    headers = dict(call.headers) | ({"Content-Type": "application/json"} if call.json is not None else {})
    if headers:
        options.append(f"headers: {json.dumps(headers)}")
    if call.sends_file:
        before += [
            'import { openAsBlob } from "node:fs";',
            "",
            "const form = new FormData();",
            '// In a page: the file of an <input type="file">.',
            f'form.append("{call.field}", await openAsBlob("{PICTURE}"), "{PICTURE}");',
        ]
        options.append("body: form")
    if call.sends_zip:
        before += ['import { openAsBlob } from "node:fs";', ""]
        options.append(f'body: await openAsBlob("{ZIP}")')
    if call.json is not None:
        options.append(f"body: JSON.stringify({json.dumps(call.json)})")
    if call.saves_as:
        before.append('import { writeFile } from "node:fs/promises";\n')
    sent = f", {{\n{''.join(f'  {option},{chr(10)}' for option in options)}}}" if options else ""
    heard = ["if (!answer.ok) throw new Error((await answer.json()).detail);"]
    if call.saves_as:
        heard.append(f'await writeFile("{call.saves_as}", Buffer.from(await answer.arrayBuffer()));')
    elif call.has_answer:
        heard.append("console.log(await answer.json());")
    return "\n".join([*before, f'const answer = await fetch("{call.address}"{sent});', *heard])


_LANGUAGES: Mapping[str, Callable[[Call], str]] = {"curl": _curl, "Python": _python, "JavaScript": _javascript}
