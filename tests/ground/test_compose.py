"""docker-compose.yml and the proxy's Caddyfile: what can be said of them without a container engine."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from celery.bin.beat import beat
from celery.bin.worker import worker
from django.conf import settings
from django.core.management import get_commands
from gunicorn.config import Config  # type: ignore[import-untyped]
from jsonschema import Draft202012Validator, validators  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
CADDYFILE = (ROOT / "Caddyfile").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# What one image runs, and what ends by itself.
OURS = {"prepare", "web", "worker", "beat", "manage"}
SHORT = {"prepare", "manage"}
EXAMPLE = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def networks(name: str) -> set[str]:
    return set(SERVICES[name]["networks"])


def test_it_is_valid_by_the_schema_of_compose_files() -> None:
    schema = json.loads(
        (files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json").read_text(encoding="utf-8")
    )
    validator = validators.validator_for(schema, Draft202012Validator)(schema)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []


def test_it_runs_all_parts_of_the_design() -> None:
    assert set(SERVICES) == OURS | {"proxy", "postgres", "redis"}


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_is_root_or_writes_to_an_image_or_takes_all_there_is(name: str) -> None:
    service = SERVICES[name]
    user, group = service["user"].split(":")
    assert int(user) > 0 < int(group)
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert 0 < service["cpus"] <= 1  # a machine of one processor refuses more
    assert service["pids_limit"] > 0
    assert {"max-size", "max-file"} <= set(service["logging"]["options"])
    assert "privileged" not in service
    assert not any("docker.sock" in volume for volume in service.get("volumes", []))


@pytest.mark.parametrize("name", sorted(set(SERVICES) - SHORT))
def test_what_runs_for_long_has_a_health_check_and_starts_again(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_what_others_wait_for_has_a_health_check() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[other], (name, other)


def test_images_of_others_have_a_version() -> None:
    for name in set(SERVICES) - OURS:
        assert re.fullmatch(r"[a-z/]+:\d[\w.-]*", SERVICES[name]["image"])


def test_only_the_proxy_can_be_reached_and_it_reaches_only_web() -> None:
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["proxy"]
    assert COMPOSE["networks"]["back"]["internal"] is True
    assert networks("postgres") == networks("redis") == networks("beat") == {"back"}
    assert {name for name in SERVICES if networks(name) & networks("proxy")} == {"proxy", "web"}
    assert {name for name in OURS if networks(name) & {"front", "outside"}} == {"web", "worker", "manage"}


def test_every_variable_is_one_of_the_example() -> None:
    by_file = {f"{name}_FILE" for name in EXAMPLE}
    assert set(re.findall(r"\$\{([A-Z_]+)", TEXT)) <= EXAMPLE | by_file
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= EXAMPLE | by_file | {"REMAP_SIGTERM"}


def test_secrets_are_in_files_alone() -> None:
    assert {secret["file"] for secret in COMPOSE["secrets"].values()} == {
        f"./secrets/{name}" for name in COMPOSE["secrets"]
    }
    for name, service in SERVICES.items():
        environment = service.get("environment", {})
        assert not {"SECRET_KEY", "EMAIL_URL", "DATABASE_PASSWORD", "POSTGRES_PASSWORD"} & set(environment)
        named = set(re.findall(r"/run/secrets/(\w+)", str(environment)))
        assert named == set(service.get("secrets", [])), name


def test_every_volume_and_network_is_declared_and_used() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert {volume for volume in used if not volume.startswith(".")} == set(COMPOSE["volumes"])
    assert {network for service in SERVICES.values() for network in service["networks"]} == set(COMPOSE["networks"])


@pytest.mark.parametrize(("name", "command"), [("worker", worker), ("beat", beat)])
def test_celery_understands_its_commands(name: str, command: click.Command) -> None:
    program, *arguments = SERVICES[name]["command"]
    assert (program, arguments[:3]) == ("celery", ["-A", "readinglist", name])
    _, left_over, _ = command.make_parser(click.Context(command)).parse_args(arguments[3:])
    assert left_over == []


def test_gunicorn_understands_its_command() -> None:
    program, *arguments = SERVICES["web"]["command"]
    configuration = Config()
    given = vars(configuration.parser().parse_args(arguments))
    assert (program, given.pop("args")) == ("gunicorn", ["readinglist.wsgi"])
    for name, value in given.items():
        if value is not None:
            configuration.set(name, value)
    assert configuration.address == [("0.0.0.0", 8000)]
    assert seconds("web") > configuration.graceful_timeout


def test_the_commands_of_prepare_are_the_programs() -> None:
    said = SERVICES["prepare"]["command"][-1]
    assert set(re.findall(r"manage\.py (\w+)", said)) == {"migrate", "loadcatalog"} <= set(get_commands())


def test_a_stop_waits_for_the_workers_soft_shutdown() -> None:
    assert SERVICES["worker"]["environment"]["REMAP_SIGTERM"] == "SIGQUIT"
    assert seconds("worker") > settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT * 2


def seconds(name: str) -> int:
    return int(SERVICES[name]["stop_grace_period"].removesuffix("s"))


def test_health_checks_look_where_the_services_write() -> None:
    assert SERVICES["worker"]["environment"]["WORKER_HEARTBEAT"] in SERVICES["worker"]["healthcheck"]["test"][1]
    (schedule,) = [part for part in SERVICES["beat"]["command"] if part.startswith("--schedule=")]
    folder, _, name = schedule.removeprefix("--schedule=").rpartition("/")
    assert f"find {folder} -name '{name}*'" in SERVICES["beat"]["healthcheck"]["test"][1]
    assert [volume.split(":")[1] for volume in SERVICES["beat"]["volumes"]] == [folder]


def test_the_proxy_and_its_file_agree() -> None:
    assert "{$SITE_URL} {" in CADDYFILE
    assert "reverse_proxy web:8000" in CADDYFILE
    inner = dict(re.findall(r"^\t(https?)_port (\d+)", CADDYFILE, re.MULTILINE))
    assert SERVICES["proxy"]["ports"] == [f"80:{inner['http']}", f"443:{inner['https']}"]
    assert f"{SERVICES['proxy']['healthcheck']['test'][-1].rstrip('/')} {{" in CADDYFILE
    assert SERVICES["web"]["environment"]["TRUSTED_PROXY_COUNT"] == 1
