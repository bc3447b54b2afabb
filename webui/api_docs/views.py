"""The views of the API's description: the document for programs, and the page for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import get_script_prefix
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt

from webui.accounts.own_origin import own_origins
from webui.api_docs import page
from webui.api_docs.document import openapi
from webui.problems import MethodNotAllowed, answers_problems


@csrf_exempt  # There is nothing that a forged request could change.
@answers_problems
def document(request: HttpRequest) -> HttpResponse:
    """`/api/openapi.json`: the API in OpenAPI 3.1."""
    _refuse_to_change(request)
    response = JsonResponse(openapi(_prefix()))
    patch_cache_control(response, private=True, no_cache=True)
    return response


@csrf_exempt
@answers_problems
def docs(request: HttpRequest) -> HttpResponse:
    """`/api/docs`: the same for people, with code to copy."""
    _refuse_to_change(request)
    prefix = _prefix()
    server = own_origins(request)[0] + prefix
    context = {"sections": page.sections(prefix, server), "kinds": page.kinds(prefix)}
    return render(request, "webui/api/docs.html", context)


def _refuse_to_change(request: HttpRequest) -> None:
    if request.method not in {"GET", "HEAD"}:
        raise MethodNotAllowed(request.method, "GET")


def _prefix() -> str:
    return get_script_prefix().rstrip("/")
