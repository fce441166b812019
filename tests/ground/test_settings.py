"""Settings by environment: strict, complete in .env.example, quiet under check --deploy."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READ_BY = re.compile(r'_read(?:_site_url)?\(\s*(?:"\w+",\s*)?"([A-Z_]+)"')


def in_a_process(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """manage.py in a home of its own, with nothing of this session's environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=kept | {"READINGLIST_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "readinglist.settings"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


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
    ],
)
def test_a_wrong_value_fails_loudly_with_its_name(tmp_path: Path, name: str, value: str) -> None:
    result = in_a_process(tmp_path, "check", **{name: value})
    assert result.returncode != 0
    assert name in result.stderr.splitlines()[-1]


def test_an_https_instance_passes_the_deployment_checks(tmp_path: Path) -> None:
    result = in_a_process(
        tmp_path, "check", "--deploy", "--fail-level", "WARNING", SITE_URL="https://reading.example.org"
    )
    assert result.returncode == 0, result.stderr


def test_the_secret_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    for _ in range(2):
        assert in_a_process(tmp_path, "check").returncode == 0
    key = tmp_path / "secret-key"
    assert len(key.read_text()) >= 50
    assert key.stat().st_mode & 0o077 == 0


def test_hosts_follow_the_site_url(tmp_path: Path) -> None:
    values = "[settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS]"
    code = f"import json; from django.conf import settings; print(json.dumps({values}))"
    for address, hosts in [
        ("https://reading.example.org", ["reading.example.org"]),
        ("http://localhost:9000", ["localhost", "127.0.0.1", "[::1]"]),
    ]:
        result = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup(); {code}"],
            cwd=ROOT,
            env=os.environ
            | {
                "READINGLIST_HOME": str(tmp_path),
                "DJANGO_SETTINGS_MODULE": "readinglist.settings",
                "SITE_URL": address,
            },
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(result.stdout) == [hosts, [address]]


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
