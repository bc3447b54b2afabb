from __future__ import annotations

import os
import sys
from pathlib import Path

import pydantic
import pytest

from recognizer import machine
from webui.config import environment
from webui.config.environment import Environment, SettingsError


def read_from(variables: dict[str, str]) -> Environment:
    """The settings where these are all environment variables there are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", variables)
        return environment.read()


def error_of(**variables: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read_from(variables)
    return str(caught.value)


def test_nothing_set_gives_the_defaults() -> None:
    read = read_from({})

    assert (read.debug, read.https, read.precision) == (False, False, "auto")
    assert read.second_look
    assert (read.queue_size, read.queue_timeout_s) == (32, 5)
    assert read.host_names == ("127.0.0.1", "localhost", "[::1]")
    assert (read.public_url, read.cors_origins) == (None, ())
    assert (read.secret_key, read.model) == (None, None)
    assert read.max_request_bytes == 64 * 2**20
    assert read.address == "127.0.0.1:8000"


def test_the_second_look_is_turned_off_with_0() -> None:
    assert not read_from({"MENAGERIE_SECOND_LOOK": "0"}).second_look


def pretend(monkeypatch: pytest.MonkeyPatch, *, cores: int, memory_gib: float) -> None:
    monkeypatch.setattr(machine, "cores", lambda: cores)
    monkeypatch.setattr(machine, "memory_bytes", lambda: int(memory_gib * 2**30))


@pytest.mark.parametrize(
    ("cores", "memory_gib", "workers", "threads"),
    [
        (1, 0.25, 1, 1),
        (2, 4, 1, 2),
        (4, 8, 1, 4),
        (5, 8, 2, 2),
        (8, 16, 2, 4),
        (8, 1.9, 1, 8),
        (64, 256, 16, 4),
        (1000, 4000, 64, 15),
        (1000, 1, 1, 64),
    ],
)
def test_processes_and_their_threads_share_the_cores_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, cores: int, memory_gib: float, workers: int, threads: int
) -> None:
    pretend(monkeypatch, cores=cores, memory_gib=memory_gib)

    read = read_from({})

    assert (read.workers, read.threads) == (workers, threads)


def test_threads_follow_from_the_processes_that_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, cores=8, memory_gib=16)

    assert read_from({"MENAGERIE_WORKERS": "4"}).threads == 2
    assert read_from({"MENAGERIE_WORKERS": "16"}).threads == 1


def test_a_wrong_number_of_processes_is_named_alone() -> None:
    assert error_of(MENAGERIE_WORKERS="x").splitlines() == [
        "MENAGERIE_WORKERS: Expected a whole number from 1 to 64. Received: 'x'. Unset it for the default."
    ]


def test_every_request_that_runs_or_waits_has_a_thread_and_some_are_left() -> None:
    read = read_from({"MENAGERIE_THREADS": "3", "MENAGERIE_QUEUE": "10"})

    assert read.running_requests == 4
    assert read.request_threads > 4 + 10 + 5


def test_the_precision_is_one_of_four_words() -> None:
    assert read_from({"MENAGERIE_PRECISION": "bf16"}).precision == "bf16"
    assert error_of(MENAGERIE_PRECISION="INT8").startswith(
        "MENAGERIE_PRECISION: Expected 'auto', 'int8', 'bf16' or 'f32'. Received: 'INT8'."
    )


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, False),
        ({"MENAGERIE_HTTPS": "1"}, True),
        ({"MENAGERIE_PUBLIC_URL": "https://example.org/"}, True),
        ({"MENAGERIE_PUBLIC_URL": "http://farm.example/animals/"}, True),
        ({"MENAGERIE_PUBLIC_URL": "http://farm.example:8000/"}, True),  # On another address of the same machine.
        ({"MENAGERIE_PUBLIC_URL": "http://farm.example/", "MENAGERIE_HOST": "0.0.0.0"}, True),
        ({"MENAGERIE_PUBLIC_URL": "http://192.168.1.5:8000/", "MENAGERIE_HOST": "0.0.0.0"}, False),
        ({"MENAGERIE_PUBLIC_URL": "http://192.168.1.5/", "MENAGERIE_HOST": "0.0.0.0", "PORT": "80"}, False),
    ],
)
def test_a_proxy_is_there_where_people_open_another_address(variables: dict[str, str], expected: bool) -> None:
    assert read_from(variables).behind_proxy is expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, 0),
        ({"MENAGERIE_HOST": "::1"}, 0),
        ({"MENAGERIE_HOST": "0.0.0.0"}, 600),
        ({"MENAGERIE_HTTPS": "1"}, 600),
        ({"MENAGERIE_PUBLIC_URL": "http://farm.example/"}, 600),
        ({"MENAGERIE_PUBLIC_URL": "http://farm.example/", "MENAGERIE_RATE": "0"}, 0),
    ],
)
def test_whom_others_can_reach_has_a_rate_limit_unless_told_otherwise(variables: dict[str, str], expected: int) -> None:
    assert read_from(variables).pictures_per_minute == expected


def test_other_programs_variables_are_left_alone() -> None:
    assert read_from({"PATH": "/bin", "DJANGO_SETTINGS_MODULE": "x"}) == read_from({})


def test_the_record_cannot_be_changed() -> None:
    with pytest.raises(pydantic.ValidationError):
        read_from({}).threads = 8


@pytest.mark.parametrize(("text", "value"), [("0", False), ("false", False), ("1", True), ("true", True)])
def test_a_flag_is_one_of_four_words(text: str, value: bool) -> None:
    assert read_from({"MENAGERIE_DEBUG": text}).debug is value


@pytest.mark.parametrize("text", ["", "False", "TRUE", "yes", "on", "2", " 1", "null"])
def test_any_other_flag_is_refused(text: str) -> None:
    expected = f"MENAGERIE_DEBUG: Expected 0, 1, true or false. Received: {text!r}. Unset it for the default."
    assert error_of(MENAGERIE_DEBUG=text) == expected


@pytest.mark.parametrize("text", ["many", "", "0", "65", "-1", "+4", "4.0", "1e1", " 4", "1_0", "٤", "0x4", "9" * 5000])
def test_a_number_is_plain_digits_within_its_range(text: str) -> None:
    assert error_of(MENAGERIE_THREADS=text).startswith(
        "MENAGERIE_THREADS: Expected a whole number from 1 to 64. Received:"
    )


def test_the_message_names_variable_value_and_cure() -> None:
    expected = "MENAGERIE_THREADS: Expected a whole number from 1 to 64. Received: 'many'. Unset it for the default."
    assert error_of(MENAGERIE_THREADS="many") == expected


def test_all_wrong_values_are_named_at_once() -> None:
    message = error_of(MENAGERIE_WORKERS="x", PORT="70000", MENAGERIE_HOST="here")

    assert [line.split(":")[0] for line in message.splitlines()] == ["MENAGERIE_WORKERS", "MENAGERIE_HOST", "PORT"]


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    assert "Did you mean MENAGERIE_THREADS?" in error_of(MENAGERIE_THREDS="4")


def test_an_unknown_name_near_none_lists_all() -> None:
    assert "MENAGERIE_MAX_REQUEST_MB" in error_of(MENAGERIE_COLOUR_OF_ZEBRAS="4")


def test_what_kubernetes_adds_for_services_whose_names_begin_with_ours_is_left_alone() -> None:
    added = {
        "MENAGERIE_SERVICE_HOST": "10.0.0.1",
        "MENAGERIE_SERVICE_PORT_HTTP": "80",
        "MENAGERIE_PORT": "tcp://10.0.0.1:80",
        "MENAGERIE_PORT_80_TCP_ADDR": "10.0.0.1",
        "MENAGERIE_POSTGRESQL_SERVICE_HOST": "10.0.0.2",
        "MENAGERIE_REDIS_MASTER_SERVICE_PORT_TCP_REDIS": "6379",
        "MENAGERIE_REDIS_MASTER_PORT": "tcp://10.0.0.3:6379",
        "MENAGERIE_REDIS_MASTER_PORT_6379_TCP": "tcp://10.0.0.3:6379",
        "MENAGERIE_REDIS_MASTER_PORT_6379_TCP_PROTO": "tcp",
    }

    assert read_from(added) == read_from({})


def test_the_key_of_the_command_line_keeps_no_server_from_starting() -> None:
    assert read_from({"MENAGERIE_KEY": "mng_x"}) == read_from({})


def test_a_port_that_kubernetes_did_not_add_is_unknown() -> None:
    assert "There is no setting of this name" in error_of(MENAGERIE_REDIS_PORT="6379")
    assert "There is no setting of this name. Did you mean PORT?" in error_of(MENAGERIE_PORT="8000")


def test_a_short_secret_key_is_refused_without_being_shown() -> None:
    message = error_of(MENAGERIE_SECRET_KEY="hunter2")

    assert "at least 50 random characters" in message
    assert "hunter2" not in message


def test_postgresql_without_its_driver_is_refused_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    assert "-m pip install -r requirements.txt" in error_of(DATABASE_URL="postgres://me@db/name")


@pytest.mark.parametrize(
    "url",
    [
        *("sqlite://db.sqlite3", "sqlite://localhost/x.db", "sqlite://:memory:", "sqlite:///:memory:", "sqlite:///"),
        *("sqlite:////var/x.db?timeout=3", "sqlite:////var/x#1.db"),
    ],
)
def test_an_sqlite_address_that_would_mean_another_file_is_refused(url: str) -> None:
    message = error_of(DATABASE_URL=url)

    assert "such as sqlite:////var/lib/menagerie/menagerie.sqlite3" in message
    assert "# as %23 and ? as %3F" in message


def test_host_names_are_separated_by_commas() -> None:
    read = read_from({"MENAGERIE_ALLOWED_HOSTS": "example.org, .example.net,192.0.2.1,[::1]"})

    assert read.allowed_hosts == ("example.org", ".example.net", "192.0.2.1", "[::1]")


@pytest.mark.parametrize(
    "text", ["", "*", "https://example.org", "example.org:8000", "a b", "example.org,", "::1", "-a.b", "192.168.1"]
)
def test_what_is_no_host_name_is_refused(text: str) -> None:
    assert error_of(MENAGERIE_ALLOWED_HOSTS=text).startswith("MENAGERIE_ALLOWED_HOSTS: Expected host names")


def test_host_names_are_written_as_browsers_send_them() -> None:
    read = read_from({"MENAGERIE_ALLOWED_HOSTS": "Example.ORG,müller.example,.bücher.example"})

    assert read.allowed_hosts == ("example.org", "xn--mller-kva.example", ".xn--bcher-kva.example")


@pytest.mark.parametrize("host", ["192.168.1.5", "127.0.0.2", "::1", "2001:db8::1"])
def test_the_address_that_is_listened_on_is_always_answered_to(host: str) -> None:
    names = read_from({"MENAGERIE_HOST": host, "MENAGERIE_ALLOWED_HOSTS": "example.org"}).host_names

    assert {f"[{host}]" if ":" in host else host, "localhost", "127.0.0.1", "[::1]", "example.org"} == set(names)


def test_the_public_address_is_always_answered_to() -> None:
    assert "example.org" in read_from({"MENAGERIE_PUBLIC_URL": "https://example.org:8443/animals/"}).host_names


@pytest.mark.parametrize(("url", "https"), [("https://example.org/", True), ("http://example.org/", False)])
def test_https_follows_from_the_public_address(url: str, https: bool) -> None:
    assert read_from({"MENAGERIE_PUBLIC_URL": url}).https is https
    assert "Expected what MENAGERIE_PUBLIC_URL says" in error_of(
        MENAGERIE_PUBLIC_URL=url, MENAGERIE_HTTPS=str(int(not https))
    )


@pytest.mark.parametrize(
    ("url", "prefix"),
    [
        ("", ""),
        ("http://example.org/animals/", ""),
        ("https://example.org/", "__Host-"),
        ("https://example.org/animals/", "__Secure-"),
    ],
)
def test_the_names_of_cookies_follow_from_the_public_address(url: str, prefix: str) -> None:
    assert read_from({"MENAGERIE_PUBLIC_URL": url} if url else {}).cookie_prefix == prefix


def test_the_address_to_open_is_the_public_one_or_the_one_that_is_listened_on() -> None:
    assert read_from({}).url == "http://127.0.0.1:8000"
    assert read_from({"MENAGERIE_HOST": "::1", "PORT": "80"}).url == "http://[::1]:80"
    assert read_from({"MENAGERIE_PUBLIC_URL": "https://example.org/animals"}).url == "https://example.org/animals/"


@pytest.mark.parametrize("everywhere", ["0.0.0.0", "::"])
def test_nobody_is_sent_to_all_addresses_at_once(everywhere: str) -> None:
    read = read_from({"MENAGERIE_HOST": everywhere})

    assert read.listens_everywhere
    assert everywhere not in read.url.replace("//", "").replace("::1", "")


def test_origins_that_may_use_the_api_are_separated_by_commas() -> None:
    text = "https://Example.org, http://localhost:3000,https://example.net:443,capacitor://localhost"
    expected = ("https://example.org", "http://localhost:3000", "https://example.net", "capacitor://localhost")

    assert read_from({"MENAGERIE_CORS_ORIGINS": text}).cors_origins == expected
    assert read_from({"MENAGERIE_CORS_ORIGINS": "*"}).cors_origins == ("*",)


@pytest.mark.parametrize(
    "text",
    ["", "example.org", "https://", "https://*.example.org", "*,https://a.example", "https://a.example/path", "null"],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    assert error_of(MENAGERIE_CORS_ORIGINS=text).startswith("MENAGERIE_CORS_ORIGINS: Expected origins separated by")


def test_an_ipv6_address_is_bracketed() -> None:
    assert read_from({"MENAGERIE_HOST": "::1", "PORT": "80"}).address == "[::1]:80"


def test_a_model_path_becomes_absolute() -> None:
    model = read_from({"MENAGERIE_MODEL": "models/x-1.h5"}).model

    assert model == Path.cwd() / "models" / "x-1.h5"


@pytest.mark.parametrize(
    "name", ["MENAGERIE_DATA", "MENAGERIE_MODELS", "MENAGERIE_MODEL", "MENAGERIE_TRAINING_PICTURES"]
)
def test_a_path_in_the_home_of_nobody_is_refused(name: str) -> None:
    message = error_of(**{name: "~nobody-of-this-name/x"})

    assert message.startswith(f"{name}: Expected the home folder of a user of this machine")


def test_an_empty_model_path_is_refused() -> None:
    assert error_of(MENAGERIE_MODEL="").startswith("MENAGERIE_MODEL: Expected the path of a model file")


def test_every_setting_says_what_it_means() -> None:
    assert all(description.endswith(".") for description in environment.DESCRIPTIONS.values())


SHARED = {"DATABASE_URL": "postgres://menagerie@database/menagerie", "MENAGERIE_STORAGE": "s3://menagerie/site"}


def test_a_server_with_a_storage_and_postgresql_is_one_of_several() -> None:
    secret = {"MENAGERIE_SECRET_KEY": "s" * 60}
    alone = {name: value for name, value in SHARED.items() if name != "DATABASE_URL"}

    assert read_from(SHARED | secret).is_one_of_several
    assert not read_from(alone).is_one_of_several
    assert not read_from({"DATABASE_URL": SHARED["DATABASE_URL"]}).is_one_of_several


def test_several_servers_need_one_secret_key() -> None:
    assert "MENAGERIE_STORAGE: Expected MENAGERIE_SECRET_KEY beside it" in error_of(**SHARED)


def test_the_address_of_a_storage_is_not_shown_for_somebody_may_have_put_keys_into_it() -> None:
    text = error_of(MENAGERIE_STORAGE="s3://key:hidden@menagerie")

    assert "Keys belong into AWS_ACCESS_KEY_ID" in text
    assert "hidden" not in text
