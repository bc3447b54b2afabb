"""One table: what each person gets at each address. A new address fails here until somebody says who may see it.

Columns are people: nobody has not even a cookie; ann and ben are visitors, each with a browser of their own; mia and
max are members; sam is staff. Addresses with something of somebody's are asked for with ann's and with mia's.
Dreams and batches are seen by their owners alone, not by staff either. 302 leads to the login page, or back after a
form; 404 and 405 say nothing of what there is.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from copy import copy, deepcopy
from dataclasses import dataclass, field
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from recognizer import Recognizer
from recognizer.model_file import artifact
from tests.recognizer.galleries import place as place_gallery
from tests.recognizer.registry.test_versions import model_file
from tests.webui.batches.factories import make_batch
from tests.webui.conftest import SettingsOf
from tests.webui.dreams.factories import DONE, PICTURE, make_dream
from tests.webui.exports.factories import make_export
from tests.webui.factories import make_answer, make_correction, make_user, visitor_of
from tests.webui.fakes import share
from tests.webui.studio import outcomes
from tests.webui.studio.factories import make_project, make_run
from webui.accounts.models import ApiKey, Scope, User
from webui.accounts.rate_limits import RateLimits
from webui.batches.models import Batch
from webui.dreams.models import Dream
from webui.exports.models import Export
from webui.history import pictures
from webui.history.models import Answer, Correction, Share, State
from webui.jobs.models import State as JobState
from webui.studio.models import Picture, Project, Run
from webui.versions.models import Switch
from webui.versions.switching import Switcher

pytestmark = pytest.mark.django_db

PEOPLE = ("nobody", "ann", "ben", "mia", "max", "sam")
TABLE = """
address          method of    nobody ann ben mia max sam
home             GET    -     200 200 200 200 200 200
live             GET    -     200 200 200 200 200 200
classify         GET    -     405 405 405 405 405 405
classify         POST   -     400 400 400 400 400 400
api_explain      GET    -     405 405 405 405 405 405
api_explain      POST   -     400 400 400 400 400 400
set_language     POST   -     302 302 302 302 302 302
set_theme        POST   -     302 302 302 302 302 302
livez            GET    -     200 200 200 200 200 200
readyz           GET    -     200 200 200 200 200 200
metrics          GET    -     404 404 404 404 404 404
history          GET    -     200 200 200 200 200 200
history_export   GET    -     200 200 200 200 200 200
history_delete   GET    -     302 302 302 302 302 302
share            POST   ann   302 302 302 404 404 404
share            POST   mia   302 302 302 302 404 404
share_revoke     POST   ann   302 302 302 404 404 404
share_revoke     POST   mia   302 302 302 302 404 404
shared           GET    mia   200 200 200 200 200 200
shared_picture   GET    mia   200 200 200 200 200 200
history_delete   POST   ann   302 200 302 302 302 200
history_delete   POST   mia   302 302 302 200 302 200
answer           GET    ann   404 200 404 404 404 200
answer           GET    mia   404 404 404 200 404 200
picture          GET    ann   404 200 404 404 404 200
picture          GET    mia   404 404 404 200 404 200
thumbnail        GET    ann   404 200 404 404 404 200
thumbnail        GET    mia   404 404 404 200 404 200
look             GET    ann   404 200 404 404 404 200
look             GET    mia   404 404 404 200 404 200
look_cover       GET    ann   404 200 404 404 404 200
look_cover       GET    mia   404 404 404 200 404 200
look_layers      GET    ann   404 200 404 404 404 200
look_layers      GET    mia   404 404 404 200 404 200
look_alike       GET    ann   404 200 404 404 404 200
look_alike       GET    mia   404 404 404 200 404 200
look_map         GET    ann   404 404 404 404 404 404
look_map         GET    mia   404 404 404 404 404 404
look_occlusion   GET    ann   404 200 404 404 404 200
look_occlusion   GET    mia   404 404 404 200 404 200
look_known       GET    -     404 404 404 404 404 404
sample_look      GET    -     200 200 200 200 200 200
sample_look_cover GET    -     200 200 200 200 200 200
sample_look_layers GET    -     200 200 200 200 200 200
sample_look_alike GET    -     200 200 200 200 200 200
sample_look_occlusion GET    -     200 200 200 200 200 200
sample_look_map  GET    -     404 404 404 404 404 404
correct          POST   ann   404 302 404 404 404 302
correct          POST   mia   404 404 404 302 404 302
correct_many     POST   ann   200 200 200 200 200 200
correct_many     POST   mia   200 200 200 200 200 200
selected_csv     POST   ann   404 200 404 404 404 404
selected_csv     POST   mia   404 404 404 200 404 404
selected_zip     POST   ann   404 200 404 404 404 404
selected_zip     POST   mia   404 404 404 200 404 404
api_history      GET    -     401 200 200 200 200 200
api_picture      GET    ann   401 200 404 404 404 404
api_picture      GET    mia   401 404 404 200 404 404
batches          GET    -     200 200 200 200 200 200
batches          POST   -     401 400 400 400 400 400
batch_delete     POST   ann   404 302 404 404 404 404
batch_delete     POST   mia   404 404 404 302 404 404
api_batches      GET    -     401 200 200 200 200 200
api_batches      POST   -     401 400 400 400 400 400
api_batch        GET    ann   401 200 404 404 404 404
api_batch        GET    mia   401 404 404 200 404 404
api_batch        DELETE ann   401 204 404 404 404 404
api_batch        DELETE mia   401 404 404 204 404 404
api_batch_jsonl  GET    ann   401 200 404 404 404 404
api_batch_jsonl  GET    mia   401 404 404 200 404 404
api_batch_csv    GET    ann   401 200 404 404 404 404
api_batch_csv    GET    mia   401 404 404 200 404 404
api_answer       DELETE ann   401 204 404 404 404 404
api_answer       DELETE mia   401 404 404 204 404 404
api_correction   POST   ann   401 200 404 404 404 404
api_correction   POST   mia   401 404 404 200 404 404
api_correction   DELETE ann   401 204 404 404 404 404
api_correction   DELETE mia   401 404 404 204 404 404
api_activate     POST   -     401 401 401 403 403 202
api_activation   GET    -     401 401 401 403 403 404
api_docs         GET    -     200 200 200 200 200 200
openapi          GET    -     200 200 200 200 200 200
api_models       GET    -     200 200 200 200 200 200
api_model        GET    -     200 200 200 200 200 200
photoprism_labels POST  -     400 400 400 400 400 400
tfs_model        GET    -     200 200 200 200 200 200
tfs_metadata     GET    -     200 200 200 200 200 200
tfs_predict      POST   -     400 400 400 400 400 400
tfs_version      GET    -     200 200 200 200 200 200
tfs_version_metadata GET -    200 200 200 200 200 200
tfs_version_predict POST -    400 400 400 400 400 400
v2_server        GET    -     200 200 200 200 200 200
v2_live          GET    -     200 200 200 200 200 200
v2_ready         GET    -     200 200 200 200 200 200
v2_model         GET    -     200 200 200 200 200 200
v2_model_ready   GET    -     200 200 200 200 200 200
v2_infer         POST   -     400 400 400 400 400 400
v2_version       GET    -     200 200 200 200 200 200
v2_version_ready GET    -     200 200 200 200 200 200
v2_version_infer POST   -     400 400 400 400 400 400
hf               POST   -     422 422 422 422 422 422
learn            GET    -     200 200 200 200 200 200
learn_chapter    GET    -     200 200 200 200 200 200
learn_chapter    GET    ann   404 200 404 404 404 200
learn_chapter    GET    mia   404 404 404 200 404 200
learn_picture    GET    -     200 200 200 200 200 200
learn_picture    GET    ann   404 200 404 404 404 200
learn_picture    GET    mia   404 404 404 200 404 200
learn_filter     GET    -     404 404 404 404 404 404
models           GET    -     200 200 200 200 200 200
model            GET    -     200 200 200 200 200 200
model_report     GET    -     404 404 404 200 200 200
model_file       GET    -     302 302 302 403 403 200
model_export     POST   -     302 302 302 403 403 302
model_exported   GET    -     302 302 302 403 403 200
model_activate   GET    -     302 302 302 403 403 200
model_activate   POST   -     302 302 302 403 403 302
filters          GET    -     200 200 200 200 200 200
gallery          GET    -     200 200 200 200 200 200
gallery_picture  GET    -     200 200 200 200 200 200
models_compare   GET    -     302 302 302 200 200 200
models_compare   GET    ann   302 302 302 404 404 200
models_compare   GET    mia   302 302 302 200 404 200
models_compare   POST   ann   302 302 302 404 404 409
models_compare   POST   mia   302 302 302 409 404 409
review           GET    -     302 302 302 403 403 200
review_queue     GET    -     302 302 302 403 403 200
review_reviewed  GET    -     302 302 302 403 403 200
review_undo      POST   -     302 302 302 403 403 302
review_export    POST   -     302 302 302 403 403 200
review_decide    POST   ann   302 302 302 403 403 302
review_decide    POST   mia   302 302 302 403 403 302
review_reopen    POST   mia   302 302 302 403 403 302
dreams           GET    -     200 200 200 200 200 200
dream_new        GET    ann   404 200 404 404 404 404
dream_new        GET    mia   404 404 404 200 404 404
dream_new        POST   ann   404 302 404 404 404 404
dream_new        POST   mia   404 404 404 302 404 404
dream            GET    ann   404 200 404 404 404 404
dream            GET    mia   404 404 404 200 404 404
dream_step       GET    ann   404 200 404 404 404 404
dream_step       GET    mia   404 404 404 200 404 404
dream_result     GET    ann   404 200 404 404 404 404
dream_result     GET    mia   404 404 404 200 404 404
dream_delete     POST   ann   404 302 404 404 404 404
dream_delete     POST   mia   404 404 404 302 404 404
studio           GET    -     302 302 302 200 200 200
studio           POST   -     302 302 302 422 422 422
studio_project   GET    mia   302 302 302 200 404 200
studio_rename    POST   mia   302 302 302 302 404 302
studio_delete    GET    mia   302 302 302 200 404 200
studio_delete    POST   mia   302 302 302 302 404 302
studio_export    GET    mia   302 302 302 200 404 200
studio_new_class POST   mia   302 302 302 422 404 422
studio_places    POST   mia   302 302 302 200 404 200
studio_add       POST   mia   302 302 302 302 404 302
studio_add_corrected POST mia 302 302 302 302 404 302
studio_train     POST   mia   302 302 302 422 404 422
studio_class     GET    mia   302 302 302 200 404 200
studio_rename_class POST mia  302 302 302 422 404 422
studio_delete_class GET mia   302 302 302 200 404 200
studio_delete_class POST mia  302 302 302 200 404 200
studio_chosen    POST   mia   302 302 302 302 404 302
studio_undo      POST   mia   302 302 302 302 404 302
studio_unsorted  GET    mia   302 302 302 200 404 200
studio_right     POST   mia   302 302 302 302 404 302
studio_check     GET    mia   302 302 302 200 404 200
studio_fine      POST   mia   302 302 302 302 404 302
studio_compare   POST   mia   302 302 302 302 404 302
studio_picture   GET    mia   302 302 302 200 404 200
studio_run       GET    mia   302 302 302 200 404 200
studio_model     GET    mia   302 302 302 200 404 200
studio_export_model POST mia  302 302 302 302 404 302
studio_exported  GET    mia   302 302 302 200 404 200
studio_delete_run POST  mia   302 302 302 302 404 302
studio_go_on     POST   mia   302 302 302 302 404 302
studio_pause     POST   mia   302 302 302 302 404 302
studio_finish    POST   mia   302 302 302 302 404 302
studio_run_pictures GET mia   302 302 302 200 404 200
api_projects     GET    -     401 401 401 200 200 200
api_projects     POST   -     401 401 401 400 400 400
api_project      GET    mia   401 401 401 200 404 200
api_project      PATCH  mia   401 401 401 400 404 400
api_project      DELETE mia   401 401 401 204 404 204
api_project_classes POST mia  401 401 401 400 404 400
api_project_class PATCH mia   401 401 401 400 404 400
api_project_class DELETE mia  401 401 401 204 404 204
api_project_pictures GET mia  401 401 401 200 404 200
api_project_pictures POST mia 401 401 401 400 404 400
api_project_folders POST mia  401 401 401 400 404 400
api_project_picture GET mia   401 401 401 200 404 200
api_project_picture PATCH mia 401 401 401 400 404 400
api_project_picture DELETE mia 401 401 401 204 404 204
api_project_thumbnail GET mia 401 401 401 200 404 200
api_project_picture_file GET mia 401 401 401 200 404 200
api_project_trainings GET mia 401 401 401 200 404 200
api_project_trainings POST mia 401 401 401 400 404 400
api_training     GET    mia   401 401 401 200 404 200
api_training     DELETE mia   401 401 401 204 404 204
api_pause_training POST mia   401 401 401 202 404 202
api_finish_training POST mia  401 401 401 202 404 202
api_resume_training POST mia  401 401 401 202 404 202
api_training_model GET  mia   401 401 401 200 404 200
account          GET    -     302 302 302 200 200 200
login            GET    -     200 200 200 200 200 200
who              GET    -     200 200 200 200 200 200
logout           POST   -     302 302 302 302 302 302
password         GET    -     302 302 302 200 200 200
make_key         GET    -     302 302 302 302 302 302
make_key         POST   -     302 302 302 200 200 200
revoke_key       GET    mia   302 302 302 200 404 404
revoke_key       POST   mia   302 302 302 302 404 404
people           GET    -     302 302 302 403 403 200
make_account     GET    -     302 302 302 403 403 302
make_account     POST   -     302 302 302 403 403 200
account_password GET    mia   302 302 302 403 403 200
account_password POST   mia   302 302 302 403 403 200
account_active   POST   mia   302 302 302 403 403 302
first_run        GET    -     404 404 404 404 404 404
first_run        POST   -     404 404 404 404 404 404
"""
NOT_OURS = re.compile(r"admin/|api/$|api/<path:path>$")
"""The admin is for staff alone, see `test_access.py`; under /api/ there is nothing else."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    address: str
    method: str
    of: str
    expected: dict[str, int]

    def __str__(self) -> str:
        return f"{self.method} {self.address} of {self.of}"


def rows() -> Iterator[Row]:
    for line in TABLE.strip().splitlines()[1:]:
        address, method, of, *statuses = line.split()
        yield Row(address, method, of, dict(zip(PEOPLE, map(int, statuses), strict=True)))


ROWS = list(rows())


@dataclass
class Site:
    """A server with people, and what they have."""

    clients: dict[str, Client]
    project: Project
    """Of mia's: with a class, a picture and a training."""
    picture: Picture
    run: Run
    answers: dict[str, Answer]
    corrections: dict[str, Correction]
    keys: dict[str, ApiKey]
    tokens: dict[str, str] = field(default_factory=dict)
    dreams: dict[str, Dream] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    shares: dict[str, Share] = field(default_factory=dict)

    def url(self, row: Row) -> str:
        """With something of the row's owner in place of what varies."""
        of = row.of if row.of in self.answers else "mia"
        arguments: dict[str, dict[str, Any]] = {
            "review_queue": {"name": "uncertain"},
            "revoke_key": {"pk": self.keys["mia"].pk},
            **{name: {"pk": self.keys["mia"].user_id} for name in ("account_password", "account_active")},
            "review_reopen": {"correction_id": self.corrections["mia"].pk},
            **{name: {"token": self.shares["mia"].token} for name in ("shared", "shared_picture")},
            **{name: {"version": "animals-1"} for name in ("api_model", "api_activate")},
            "api_activation": {"number": 1},
            **{name: {"model": "animals"} for name in _OF_A_MODEL},
            **{name: {"model": "animals", "version": "1"} for name in _OF_A_VERSION},
            "learn_chapter": {"slug": "convolution"},
            "learn_filter": {"index": 0},
            **{
                name: {"stem": "animals-1"}
                for name in (*("model", "model_report", "model_file", "model_activate", "model_export", "gallery"),)
            },
            "model_exported": {"stem": "animals-1", "target": "onnx"},
            "studio_exported": {"job_id": self.run.job_id, "target": "onnx"},
            "gallery_picture": {"stem": "animals-1", "file": "class-0.webp"},
            **{name: {"answer_id": self.answers[of].id} for name in _WITH_ANSWER},
            **{name: {"job_id": self.dreams[of].job_id} for name in ("dream", "dream_result", "dream_delete")},
            **{name: {"job_id": self.batches[of].job_id} for name in _WITH_BATCH},
            "dream_step": {"job_id": self.dreams[of].job_id, "done": 3},
            **{f"sample_{name}": {"sample": "hen.jpg"} for name in _LOOK},
            "look_known": {"number": 0},
            **{name: {"project_id": self.project.id} for name in _OF_A_PROJECT},
            **{name: {"class_id": self.picture.picture_class_id} for name in _OF_A_CLASS},
            "studio_picture": {"picture_id": self.picture.pk},
            "api_project_class": {"project_id": self.project.id, "class_id": self.picture.picture_class_id},
            **{
                name: {"project_id": self.project.id, "picture_id": self.picture.pk}
                for name in ("api_project_picture", "api_project_thumbnail", "api_project_picture_file")
            },
            **{name: {"job_id": self.run.job_id} for name in _OF_A_RUN},
        }
        given = arguments.get(row.address)
        if row.address.endswith(("look_map", "look_occlusion")):
            given = {**(given or {}), "label": 0}
        return reverse(row.address, kwargs=given) + ("?name=mug" if row.address == "studio_add" else "")

    def form(self, row: Row) -> dict[str, Any]:
        """What is sent."""
        answer = self.answers.get(row.of)
        return {
            "history_delete": {"what": "ticked", "ids": [str(answer.id)] if answer else []},
            **{name: {"answer": str(answer.id)} if answer else {} for name in _ASKED_FOR_ANSWER},
            "correct": {"kind": "right"},
            "correct_many": {"kind": "right", "ids": str(answer.id) if answer else ""},
            **{name: {"ids": str(answer.id) if answer else ""} for name in ("selected_csv", "selected_zip")},
            "review_decide": {"queue": "corrections", "kind": "accept", "seen_kind": "class", "seen_label": "dog"},
            **{name: {"target": "onnx"} for name in ("model_export", "studio_export_model")},
            "dream_new": {"what": "stage:conv4", "strength": "2", "octaves": "3"},
            "make_key": {"name": "new", "scopes": ["read"]},
            "make_account": {"username": "new"},
            "set_language": {"language": "en"},
            "set_theme": {"theme": "dark"},
        }.get(row.address, {})

    def ask(self, person: str, row: Row) -> tuple[int, bytes]:
        """Status and content; everybody begins with a full allowance, and keeps no cookie of the answer."""
        share(rate_limits=RateLimits())
        client = copy(self.clients[person])
        client.cookies = deepcopy(client.cookies)
        headers = {} if row.method == "GET" else {"Origin": "http://testserver"}
        if row.address == "api_correction":
            response = client.generic(row.method, self.url(row), '{"kind": "none"}', headers=headers)
        else:
            send = {"GET": client.get, "POST": client.post, "PATCH": client.patch, "DELETE": client.delete}[row.method]
            response = send(self.url(row), self.form(row), headers=headers)
        return response.status_code, _content(response)


_OF_A_PROJECT = (
    *("studio_project", "studio_rename", "studio_delete", "studio_export"),
    *("studio_chosen", "studio_undo", "studio_unsorted", "studio_right"),
    *("studio_check", "studio_fine", "studio_compare"),
    *("studio_new_class", "studio_places", "studio_add", "studio_add_corrected", "studio_train"),
    *("api_project", "api_project_classes", "api_project_pictures", "api_project_trainings"),
    "api_project_folders",
)
_OF_A_CLASS = ("studio_class", "studio_rename_class", "studio_delete_class")
_OF_A_RUN = (
    *("studio_run", "studio_model", "studio_export_model", "studio_delete_run", "studio_go_on"),
    *("studio_pause", "studio_finish", "studio_run_pictures"),
    *("api_training", "api_pause_training", "api_finish_training", "api_resume_training", "api_training_model"),
)
_LOOK = ("look", "look_map", "look_cover", "look_occlusion", "look_layers", "look_alike")
_WITH_ANSWER = (
    *(
        "answer",
        "picture",
        "thumbnail",
        "correct",
        "api_picture",
        "api_answer",
        "api_correction",
        "review_decide",
        "dream_new",
    ),
    *("share", "share_revoke"),
    *_LOOK,
)
_WITH_BATCH = ("api_batch", "api_batch_jsonl", "api_batch_csv", "batch_delete")
_OF_A_MODEL = ("hf", "tfs_model", "tfs_metadata", "tfs_predict", "v2_model", "v2_model_ready", "v2_infer")
_OF_A_VERSION = (
    "tfs_version",
    "tfs_version_metadata",
    "tfs_version_predict",
    "v2_version",
    "v2_version_ready",
    "v2_version_infer",
)
_PROTOCOLS = ("hf", "photoprism_", "tfs_", "v2_")
_ASKED_FOR_ANSWER = ("models_compare", "learn_chapter", "learn_picture")
_EVERYBODYS = "/history/?who=all"
"""Which is for staff; for others it means nothing, and they see what is theirs."""
_SECRET = {"ann": "picture-of-ann.jpg", "mia": "picture-of-mia.jpg"}
_MAY_KNOW = {"nobody": set(), "ann": {"ann"}, "ben": set(), "mia": {"mia"}, "max": set(), "sam": {"ann", "mia"}}


@pytest.fixture(autouse=True)
def no_trials() -> None:
    """Versions are asked for, and not opened."""
    share(switcher=Switcher(lambda work, name: None))


@pytest.fixture
def site(served: Recognizer, settings_of: SettingsOf, tmp_path: Path) -> Site:
    models = tmp_path / "models"
    models.mkdir()
    first = model_file(models / "animals-1.h5", name="animals", version="1")
    place_gallery(first, artifact.digest(first))
    model_file(models / "animals-2.h5", name="animals", version="2")
    (models / "ACTIVE").write_text("animals-1\n")
    (models / "animals-1.report.html").write_text('<img src="data:image/png;base64,AA==">')
    settings_of(models=models, keep_days=30)
    users = {"mia": make_user("mia"), "max": make_user("max"), "sam": make_user("sam", is_staff=True)}
    clients = {name: Client(raise_request_exception=False) for name in PEOPLE}
    for name, user in users.items():
        clients[name].force_login(user)
    for name in ("ann", "ben"):
        clients[name].get("/")  # Gives the browser its cookie.
    visitors = {name: visitor_of(clients[name]) for name in ("ann", "ben")}
    answers = {
        "ann": make_answer(visitor=visitors["ann"], filename=_SECRET["ann"], score=0.5),
        "mia": make_answer(user=users["mia"], filename=_SECRET["mia"], score=0.5),
    }
    corrections = {name: make_correction(answer, user=users.get(name)) for name, answer in answers.items()}
    keys, tokens = {}, {}
    for name, user in users.items():
        keys[name], tokens[name] = ApiKey.make(user, "script", list(Scope))
    project = make_project(users["mia"], mug=1)
    trained = model_file(models / "our_mugs-1.h5", name="our_mugs", version="1")
    run = make_run(project, state=JobState.DONE)
    outcomes.note(run)
    for path in (first, trained):
        make_export(artifact.digest(path), state=JobState.DONE)
    dreams = {name: make_dream(answer, PICTURE, DONE, state=JobState.DONE) for name, answer in answers.items()}
    shares = {"mia": Share.objects.create(answer=answers["mia"])}
    batches = {"ann": make_batch(visitor=visitors["ann"]), "mia": make_batch(user=users["mia"])}
    picture = project.pictures.get()
    return Site(clients, project, picture, run, answers, corrections, keys, tokens, dreams, batches, shares)


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, str | None]]:
    """Every address of the project and its name."""
    for pattern in (resolver or get_resolver()).url_patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield here, pattern.name
        else:
            yield from routes(pattern, here)


def test_the_table_has_every_address() -> None:
    known = {row.address for row in ROWS}

    assert {(route, name) for route, name in routes() if name not in known and not NOT_OURS.match(route)} == set()
    assert known <= {name for _, name in routes()}


def test_what_belongs_to_somebody_is_asked_for_with_a_visitors_and_with_a_members() -> None:
    asked = {(row.address, row.of) for row in ROWS if row.address in _WITH_ANSWER}

    assert asked == set(product(_WITH_ANSWER, ("ann", "mia")))


def test_no_other_address_takes_an_answer() -> None:
    assert {name for route, name in routes() if "answer_id" in route and not NOT_OURS.match(route)} == set(_WITH_ANSWER)


@pytest.mark.slow
def test_each_person_gets_what_the_table_says_and_reads_nothing_of_others(site: Site) -> None:
    """The names of others' files are in no page and no file, and neither are the ids of others' answers."""
    for row, person in product(ROWS, PEOPLE):
        case = f"{row} by {person}"
        with transaction.atomic():
            status, content = site.ask(person, row)
            transaction.set_rollback(True)
        assert status == row.expected[person], case
        assert {owner for owner, name in _SECRET.items() if name.encode() in content} <= _MAY_KNOW[person], case
        ids = {owner for owner, answer in site.answers.items() if str(answer.id).encode() in content}
        assert ids <= _MAY_KNOW[person] | {row.of}, case  # Whoever names one sees it again in what he named.


def test_everybody_sees_all_of_his_own(site: Site) -> None:
    """Else nothing would be found above because there is nothing to find."""
    seen = {
        person: {owner for owner, name in _SECRET.items() if name in _content(client.get(_EVERYBODYS)).decode()}
        for person, client in site.clients.items()
    }
    exported = {
        person: {
            owner
            for owner, name in _SECRET.items()
            if name.encode() in _content(client.get("/history/export.csv?who=all"))
        }
        for person, client in site.clients.items()
    }

    assert seen == _MAY_KNOW
    assert exported == _MAY_KNOW


@pytest.mark.slow
def test_strangers_change_nothing(site: Site) -> None:
    before = _state()

    for person, method in product(("nobody", "ben", "max"), ("POST", "GET", "PUT", "DELETE", "PATCH")):
        of_pages = method in {"POST", "GET"} or person == "max"  # No page knows the others: one who tries is enough.
        rows = [row for row in ROWS if of_pages or row.address.startswith("api_")]
        for row in (row for row in rows if row.address not in {"make_key", "logout"}):
            share(rate_limits=RateLimits())
            response = site.clients[person].generic(
                method, site.url(row), _urlencoded(site.form(row)), "application/x-www-form-urlencoded"
            )
            _content(response)
        assert _state() == before, f"{method} by {person}"


def test_a_form_without_its_token_changes_nothing(site: Site) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    for_programs = ("classify", "api_", *_PROTOCOLS)  # Cookies give them no rights.
    forms = [row for row in ROWS if row.method == "POST" and not row.address.startswith(for_programs)]
    before = _state()

    for person, row in product(("ann", "mia", "sam"), forms):
        client.cookies = site.clients[person].cookies
        refused = 302 if row.expected[person] == 302 else 403  # Who may not come in is sent to log in first.
        assert client.post(site.url(row), site.form(row)).status_code in {403, refused}, f"{row} by {person}"

    assert _state() == before


def test_what_one_saw_is_not_there_after_logging_out(site: Site) -> None:
    client, url = site.clients["mia"], reverse("picture", args=[site.answers["mia"].id])
    etag = client.get(url)["ETag"]

    client.post("/account/logout/")

    assert client.get(url, headers={"If-None-Match": etag}).status_code == 404
    assert _SECRET["mia"] not in client.get("/history/").content.decode()


def test_who_logs_in_does_not_take_over_what_a_visitor_saw_there(site: Site) -> None:
    client = site.clients["ann"]
    client.post("/account/login/", {"username": "max", "password": "a long enough password"})

    assert client.get("/account/").status_code == 200
    assert client.get(reverse("answer", args=[site.answers["ann"].id])).status_code == 404
    client.post("/account/logout/")
    assert client.get(reverse("answer", args=[site.answers["ann"].id])).status_code == 404


@pytest.mark.parametrize("owner", ["mia", "max", "sam"])
def test_a_key_reads_its_owners_answers_and_no_others(site: Site, owner: str) -> None:
    client, key = Client(), {"Authorization": f"Bearer {site.tokens[owner]}"}
    own = {"mia"} & {owner}

    listed = client.get("/api/v1/history", headers=key)
    found = {
        name: client.get(reverse("api_picture", args=[answer.id]), headers=key).status_code
        for name, answer in site.answers.items()
    }

    assert {entry["filename"] for entry in json.loads(listed.content)["answers"]} == {_SECRET[name] for name in own}
    assert found == {name: 200 if name in own else 404 for name in site.answers}


def test_a_key_opens_no_page(site: Site) -> None:
    key = {"Authorization": f"Bearer {site.tokens['sam']}"}
    pages = [row for row in ROWS if not row.address.startswith(("api_", "classify", *_PROTOCOLS))]

    for row in pages:
        client = Client()  # A page before may have given it a cookie.
        send = client.post if row.method == "POST" else client.get
        headers = {**key, "Origin": "http://testserver"} if row.method == "POST" else key
        assert send(site.url(row), site.form(row), headers=headers).status_code == row.expected["nobody"], str(row)


def test_a_key_of_another_scope_or_a_revoked_one_reads_nothing(site: Site) -> None:
    user = site.keys["mia"].user
    _, narrow = ApiKey.make(user, "script", [Scope.CLASSIFY])
    revoked, old = ApiKey.make(user, "script", list(Scope))
    site.clients["mia"].post(reverse("revoke_key", args=[revoked.pk]))
    addresses = ["/api/v1/history", reverse("api_picture", args=[site.answers["mia"].id]), "/api/v1/models"]

    found = {
        status: {Client().get(url, headers={"Authorization": f"Bearer {token}"}).status_code for url in addresses}
        for status, token in ((403, narrow), (401, old))
    }

    assert found == {403: {403}, 401: {401}}


def test_a_cookie_that_was_changed_is_nobodys(site: Site) -> None:
    client, url = site.clients["ben"], reverse("picture", args=[site.answers["ann"].id])
    stolen = site.answers["ann"].visitor
    signature = client.cookies["menagerie_visitor"].value.partition(":")[2]

    for value in (f"{stolen}:{signature}", stolen, f"{stolen}::", f"{signature}:{stolen}", ""):
        client.cookies["menagerie_visitor"] = value
        assert client.get(url).status_code == 404


def _content(response: Any) -> bytes:
    """Of an answer; of a zip file what is in it."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if response.get("Content-Type") != "application/zip":
        return bytes(content)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return b"".join(name.encode() + archive.read(name) for name in archive.namelist())


def _state() -> list[object]:
    """Everything that somebody could change."""
    return [
        sorted(Answer.objects.values_list("id", "user", "visitor")),
        sorted(Correction.objects.values_list("id", "kind", "label", "state", "reviewed_by")),
        sorted(ApiKey.objects.values_list("id", "revoked")),
        sorted(Share.objects.values_list("id", "token", "answer")),
        sorted(User.objects.values_list("id", "password", "is_active", "is_staff", "is_superuser")),
        Switch.objects.count(),
        sorted(Dream.objects.values_list("job", "answer", "job__state")),
        sorted(Export.objects.values_list("job", "target")),
        sorted(path.name for path in pictures.folder().rglob("*.jpg")),
        Correction.objects.exclude(state=State.PENDING).count(),
    ]


def _urlencoded(form: dict[str, Any]) -> bytes:
    pairs = [
        (name, value) for name, values in form.items() for value in ([values] if isinstance(values, str) else values)
    ]
    return "&".join(f"{name}={value}" for name, value in pairs).encode()
