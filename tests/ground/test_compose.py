"""docker-compose.yml: what can be said of it without a container engine."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)


def test_it_runs_all_parts_of_the_design() -> None:
    assert {"web", "worker", "beat", "proxy", "postgres", "redis"} <= set(COMPOSE["services"])


def test_every_variable_is_one_of_the_example_or_postgresqls() -> None:
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(re.findall(r"\$\{([A-Z_]+)", TEXT)) <= example | {"POSTGRES_PASSWORD"}
    for name in ("prepare", "web", "worker", "beat"):
        assert set(COMPOSE["services"][name]["environment"]) <= example | {"REMAP_SIGTERM"}


def test_what_others_wait_for_has_a_health_check() -> None:
    for name, service in COMPOSE["services"].items():
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "healthcheck" in COMPOSE["services"][other], (name, other)


def test_every_volume_is_declared() -> None:
    used = {volume.split(":")[0] for service in COMPOSE["services"].values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])
