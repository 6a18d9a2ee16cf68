"""The container files: what they copy exists, nothing runs as root, nothing listens beyond the machine."""

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from scheduler.settings import settings_from
from storage.database import database_url

ROOT = Path(__file__).parents[1]
COMPOSE = ("compose.yaml", "compose.postgres.yaml")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order: name, and the rest on one line."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [(line.split()[0], line.partition(" ")[2]) for line in lines if line.strip()]


def compose(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return loaded


def packages() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[str] = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return found


def copied() -> set[str]:
    """What is copied from the repository."""
    words = [shlex.split(rest) for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    return {word for line in words for word in line[:-1]}


def test_every_package_is_copied_and_exists() -> None:
    assert set(packages()) <= copied()
    assert all((ROOT / name).exists() for name in copied())


def test_nothing_but_what_is_copied_reaches_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied()


def test_it_does_not_run_as_root_and_packages_are_pinned() -> None:
    names = [name for name, _ in instructions()]
    last_stage = instructions()[len(names) - 1 - names[::-1].index("FROM") :]
    users = [rest for name, rest in last_stage if name == "USER"]
    assert users == ["10001"]
    installs = [rest for name, rest in instructions() if name == "RUN" and "pip install" in rest]
    assert all("--require-hashes -r constraints.txt" in line or "--no-deps" in line for line in installs)
    for image in [rest.split()[0] for name, rest in instructions() if name == "FROM"]:
        assert re.fullmatch(r"python:3\.1[123]-slim-\w+", image)


def test_the_health_check_asks_the_page_that_there_is() -> None:
    [check] = [rest for name, rest in instructions() if name == "HEALTHCHECK"]
    environment = " ".join(rest for name, rest in instructions() if name == "ENV")
    port = settings_from({}, ROOT, origin="test").web.port
    assert f"DIEMBAO_HEALTH=http://127.0.0.1:{port}/healthz" in environment
    assert "DIEMBAO_HEALTH" in check


@pytest.mark.parametrize("name", COMPOSE)
def test_nothing_listens_beyond_the_machine(name: str) -> None:
    for service in compose(name)["services"].values():
        assert "ports" not in service
        assert not service.get("privileged")
        assert "no-new-privileges:true" in service["security_opt"]
        assert service["logging"]["options"]["max-size"]
    ours = compose(name)["services"]["diembao"]
    assert ours["read_only"] is True
    assert ours["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", COMPOSE)
def test_volumes_are_declared_and_data_is_in_one(name: str) -> None:
    file = compose(name)
    used = [volume.split(":") for service in file["services"].values() for volume in service["volumes"]]
    named = {source for source, *_ in used if not source.startswith(".")}
    assert named == set(file["volumes"])
    [folder] = [rest for name, rest in instructions() if name == "VOLUME"]
    assert ["data", folder] in used


def test_the_settings_for_postgresql_are_settings(tmp_path: Path) -> None:
    file = compose("compose.postgres.yaml")
    written = file["configs"]["settings"]["content"]
    settings = settings_from(tomllib.loads(written), Path("/srv/diembao"), origin="compose.postgres.yaml")
    url = database_url(settings.storage.database)
    server = file["services"]["database"]
    assert (url.username, url.database) == (
        server["environment"]["POSTGRES_USER"],
        server["environment"]["POSTGRES_DB"],
    )
    socket = f"socket:{url.query['host']}"
    assert socket in server["volumes"]
    assert f"{socket}:ro" in file["services"]["diembao"]["volumes"]
    assert settings.storage.archive == Path("/srv/diembao/data/pages")


def test_hadolint_finds_nothing() -> None:
    program = shutil.which("hadolint")
    if program is None:
        pytest.skip("hadolint is not here")
    done = subprocess.run([program, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert done.stdout == ""


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_takes_it(name: str) -> None:
    docker = shutil.which("docker")
    asked = [docker or "false", "compose", "version"]
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not here")
    command = [str(docker), "compose", "-f", str(ROOT / name), "config", "--quiet"]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stderr == ""
