from __future__ import annotations

import pytest

from webui.config.public_url import OWN_SEGMENTS, PublicUrl


@pytest.mark.parametrize(
    ("text", "origin", "prefix"),
    [
        ("https://example.org", "https://example.org", ""),
        ("HTTPS://Example.ORG:443/", "https://example.org", ""),
        ("https://example.org:8443/animals/", "https://example.org:8443", "/animals"),
        ("http://192.168.1.5:8000/lab/animals", "http://192.168.1.5:8000", "/lab/animals"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]", ""),
        ("https://müller.example/Tiere_1.0/", "https://xn--mller-kva.example", "/Tiere_1.0"),
    ],
)
def test_an_address_has_an_origin_and_a_prefix(text: str, origin: str, prefix: str) -> None:
    found = PublicUrl.parse(text)

    assert (found.origin, found.prefix, str(found)) == (origin, prefix, f"{origin}{prefix}/")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "//example.org/",
        "ftp://example.org/",
        "https://",
        "https://*/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org:x/",
        "https://me:secret@example.org/",
        "https://example.org/?a=1",
        "https://example.org/#top",
        "https://my_host/",
        "https://exa mple.org/",
        " https://example.org/",
        "https://example.org/a b/",
        "https://example.org/a//b/",
        "https://example.org/../",
        "https://example.org/tiere-für-alle/",
        "https://192.168.1/",
        "https://[::1/",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Expected the address that people open, such as https"):
        PublicUrl.parse(text)


def test_a_prefix_does_not_begin_as_one_of_our_own_paths() -> None:
    with pytest.raises(ValueError, match="does not begin as one of the server's own: account, admin"):
        PublicUrl.parse("https://example.org/models/")


def test_all_our_own_paths_are_known() -> None:
    from webui.urls import urlpatterns

    first = {str(pattern.pattern).split("/")[0] for pattern in urlpatterns} - {""}

    assert first | {"static"} == OWN_SEGMENTS
