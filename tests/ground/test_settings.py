"""Settings by environment: strict, complete in .env.example, quiet under check --deploy."""

import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.message import sanitize_address

from tests.ground.running import Home

ROOT = Path(__file__).parents[2]
READ_BY = re.compile(r'read_[a-z]+\("([A-Z_]+)"')


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """The settings as they are read in a home of their own."""
    monkeypatch.setenv("READINGLIST_HOME", str(tmp_path))

    def read_settings(**environment: str) -> dict[str, Any]:
        with monkeypatch.context() as context:
            for name, value in environment.items():
                context.setenv(name, value)
            return runpy.run_path(str(ROOT / "readinglist" / "settings.py"))

    return read_settings


def test_the_example_names_every_variable_and_no_other() -> None:
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    source = (ROOT / "readinglist/settings.py").read_text()
    by_embedded = set(
        re.findall(r'"(READINGLIST_HOME|DATABASE_URL|REDIS_URL)"', (ROOT / "readinglist/embedded.py").read_text())
    )
    in_places = set(re.findall(r'"(READINGLIST_HOME)"', (ROOT / "readinglist/embedded_places.py").read_text()))
    assert example == set(READ_BY.findall(source)) | by_embedded | in_places


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eight thousand"),
        ("SITE_URL", "reading.example.org"),
        ("SITE_URL", "https://example.org/reading/"),
        ("DATABASE_POOL_SIZE", "many"),
        ("REDIS_URL", "memcached://localhost"),
        ("FETCH_ALLOW_HOSTS", "wiki.example.org, http://10.0.0.5"),
        ("FETCH_ALLOW_HOSTS", "wiki.example.org:8080"),
        ("DEFAULT_FROM_EMAIL", "Readinglist"),
        ("DEFAULT_FROM_EMAIL", "Readinglist reading@example.org"),
        ("DEFAULT_FROM_EMAIL", "The team, reading <reading@example.org>"),
        ("DEFAULT_FROM_EMAIL", "one@example.org, another@example.org"),
        ("SIGNUP", "closed"),
        ("SIGNUP", "domain"),
        ("SIGNUP_DOMAINS", "example.org"),
        ("OIDC_ISSUER", "login.example.org"),
        ("OIDC_ISSUER", "http://login.example.org"),
        ("OIDC_ISSUER", "https://login.example.org/?tenant=1"),
        ("OIDC_ISSUER", "https://login.example.org"),
        ("GITHUB_CLIENT_SECRET", "x"),
    ],
)
def test_a_wrong_value_fails_loudly_with_its_name(read: Callable[..., dict[str, Any]], name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        read(**{name: value})


def test_hosts_that_are_allowed_are_read_in_one_form(read: Callable[..., dict[str, Any]]) -> None:
    settings = read(FETCH_ALLOW_HOSTS=" Wiki.example.org., 10.0.0.5,, FD00:0::1 ")
    assert settings["FETCH_ALLOW_HOSTS"] == {"wiki.example.org", "10.0.0.5", "fd00::1"}


def test_providers_are_set_up_by_what_they_gave(read: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    assert read()["SOCIALACCOUNT_PROVIDERS"] == {}
    secret = tmp_path / "secret"
    secret.write_text("two\n")
    issuer = {"OIDC_ISSUER": "https://login.example.org/team/", "OIDC_CLIENT_ID": "one"}
    providers = read(**issuer, OIDC_CLIENT_SECRET_FILE=str(secret))["SOCIALACCOUNT_PROVIDERS"]
    app = {"provider_id": "https://login.example.org/team", "client_id": "one", "secret": "two"}
    assert providers == {"openid_connect": {"APPS": [app | {"name": "login.example.org"}], "OAUTH_PKCE_ENABLED": True}}
    providers = read(GITHUB_CLIENT_ID="one", GITHUB_CLIENT_SECRET="two")["SOCIALACCOUNT_PROVIDERS"]
    assert list(providers) == ["github"]


def test_an_https_instance_passes_the_deployment_checks(home: Home) -> None:
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=home.variables() | {"SITE_URL": "https://reading.example.org"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stderr


def test_the_secret_key_is_made_once_and_is_nobody_elses(read: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    key = read()["SECRET_KEY"]
    assert len(key) >= 50
    assert read()["SECRET_KEY"] == key
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("https://reading.example.org", ["reading.example.org"]),
        ("http://localhost:9000", ["localhost", "127.0.0.1", "[::1]"]),
    ],
)
def test_hosts_follow_the_site_url(read: Callable[..., dict[str, Any]], address: str, hosts: list[str]) -> None:
    settings = read(SITE_URL=address)
    assert settings["ALLOWED_HOSTS"] == hosts
    assert settings["CSRF_TRUSTED_ORIGINS"] == [address]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"SITE_URL": "http://[::1]:8000"},
        {"DEFAULT_FROM_EMAIL": "desk@example.org"},
        {"DEFAULT_FROM_EMAIL": '"The team, reading" <desk@example.org>'},
        {"DEFAULT_FROM_EMAIL": "Lesé <desk@example.org>"},
    ],
)
def test_the_sender_is_one_that_mails_can_have(
    read: Callable[..., dict[str, Any]], environment: dict[str, str]
) -> None:
    sender = read(**environment)["DEFAULT_FROM_EMAIL"]
    assert sender == environment.get("DEFAULT_FROM_EMAIL", "Readinglist <readinglist@localhost>")
    assert "@" in sanitize_address(sender, "utf-8")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_holds_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "--hash=sha256:" in text
    assert not re.search(r"https?://|--index|--find-links", text)
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert all(re.match(r"^[a-z0-9._-]+==\S+", line) for line in pins)


def test_the_tools_lock_holds_the_programs_pins() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9._-]+==[^\s;]+)", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")
