"""Middleware that answers at the server's own addresses only, and makes requests look the same by whichever they come.

/livez, /readyz                  any host
/static/...                      any host: the page that says which hosts are ours needs its style
a path with MENAGERIE_PUBLIC_URL's prefix, or without it, as the proxy likes: without it
a host that is not ours          a page that says which are, and the setting that adds one
plain HTTP where it is HTTPS     a redirect to where people should be
cookies                          below the prefix only
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.request import split_domain_port, validate_host
from django.shortcuts import render
from django.utils import translation

from webui.accounts import refusal_log
from webui.config.environment import Environment
from webui.config.public_url import PublicUrl, is_address
from webui.problems import InvalidRequest, is_api, problem_response

GetResponse = Callable[[HttpRequest], HttpResponse]

_PROBES = frozenset({"/livez", "/readyz"})
_NO_NAME = "That is no host's name: only letters, digits, dots and hyphens can be in one"
_FORWARDED_PROTO = "HTTP_X_FORWARDED_PROTO"


def own_address_only(get_response: GetResponse) -> GetResponse:
    """The middleware; comes before everything that asks for the host, or for a cookie's path."""

    def middleware(request: HttpRequest) -> HttpResponse:
        environment: Environment = settings.ENVIRONMENT
        public = environment.public_url
        if public:
            _take_prefix_off(request, public)
        if request.path_info in _PROBES:
            request.META["HTTP_HOST"] = "localhost"  # What comes need not even be the name of a host.
            return get_response(request)
        if request.path_info.startswith("/static/"):
            return get_response(request)
        if public:
            _assume_scheme(request, public)
        response = _refusal(request, environment) or _to_https(request, environment) or get_response(request)
        if public and public.prefix:
            for cookie in response.cookies.values():
                cookie["path"] = public.prefix
        return response

    return middleware


def _take_prefix_off(request: HttpRequest, public: PublicUrl) -> None:
    # nginx makes //history/ of /animals/history/ with `location /animals { proxy_pass http://.../; }`.
    path = f"/{request.path_info.lstrip('/')}"
    if path == public.prefix or path.startswith(f"{public.prefix}/"):
        path = f"/{path.removeprefix(public.prefix).lstrip('/')}"
    request.path_info, request.path = path, f"{public.prefix}{path}"


def _assume_scheme(request: HttpRequest, public: PublicUrl) -> None:
    """A proxy that passes the public host on, but not the scheme, is one that people reach as they should.

    The port may be missing: nginx's `$host` has none. Who names the port that we listen on comes past the proxy.
    """
    host, port = split_domain_port(str(request.META.get("HTTP_HOST", "")))
    direct = port == str(settings.ENVIRONMENT.port) != str(public.port)
    if _FORWARDED_PROTO not in request.META and host == public.host and not direct:
        request.META["wsgi.url_scheme"] = public.scheme


# Hosts


def _refusal(request: HttpRequest, environment: Environment) -> HttpResponse | None:
    try:
        host = split_domain_port(request.get_host())[0]
    except DisallowedHost:  # There can be no such name.
        return _refuse(request, environment, "")
    # A page of another site that lets its own name lead to this machine says that name, and never an address.
    if validate_host(host, environment.host_names) or (environment.listens_everywhere and is_address(host)):
        return None
    return _refuse(request, environment, host)


def _refuse(request: HttpRequest, environment: Environment, host: str) -> HttpResponse:
    came = refusal_log.shown(str(request.META.get("HTTP_HOST", ""))) or "(none)"
    expected = ", ".join(environment.host_names) + (", any IP address" if environment.listens_everywhere else "")
    setting = f"MENAGERIE_ALLOWED_HOSTS={','.join((*environment.allowed_hosts, refusal_log.shown(host)))}"
    cure = f"To answer to it, start the server with {setting}" if host else _NO_NAME
    refusal_log.write("host", "Refused: the request came for the host %s. Expected: %s. %s.", came, expected, cure)
    if is_api(request):
        detail = f"The request came for the host {came}, and this server answers to: {expected}. {cure}."
        return problem_response(InvalidRequest(detail))
    context = {
        "came": came,
        "expected": environment.host_names,
        "any_address": environment.listens_everywhere,
        "setting": setting if host else "",
        "places": [],  # Each of them would be refused as well.
    }
    with translation.override(translation.get_language_from_request(request)):
        return render(request, "webui/wrong_host.html", context, status=400)


# HTTPS


def _to_https(request: HttpRequest, environment: Environment) -> HttpResponse | None:
    if not environment.https or request.is_secure() or _is_direct(request):
        return None
    asked = f"https://{request.get_host()}"
    target = (environment.public_url.origin if environment.public_url else asked) + request.get_full_path()
    if _FORWARDED_PROTO not in request.META:
        refusal_log.write(
            "scheme",
            "Redirected http://%s to %s: no X-Forwarded-Proto came. Where a browser speaks of too many redirects, let"
            " the proxy set it, or set MENAGERIE_PUBLIC_URL and let the proxy pass the Host on.",
            request.get_host(),
            refusal_log.shown(target),
        )
    return HttpResponsePermanentRedirect(target)


def _is_direct(request: HttpRequest) -> bool:
    """Whether the request came over no network, to an address that has no other machine behind it."""
    host = split_domain_port(request.get_host())[0]
    loopback = host in {"localhost", "[::1]"} or (is_address(host) and host.startswith("127."))
    return loopback and _FORWARDED_PROTO not in request.META
