"""Settings refuse what is unsafe or unknown, and say all of it at once."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from snellen.errors import StartRefused
from snellen.server.app import create_app
from snellen.server.settings import Settings, check_address, load, prepare_data_dir


def test_everything_wrong_is_listed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNELLEN_PORT", "a lot")
    monkeypatch.setenv("SNELLEN_LOG_LEVEL", "shouting")
    (tmp_path / "snellen.toml").write_text("colour = 'blue'\n")
    with pytest.raises(StartRefused) as refused:
        load(data_dir=tmp_path)
    for word in ("port", "log_level", "colour"):
        assert word in str(refused.value)


def test_the_environment_wins_over_the_file_and_an_argument_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "snellen.toml").write_text("port = 1111\nslots = 3\n")
    assert load(data_dir=tmp_path).port == 1111
    monkeypatch.setenv("SNELLEN_PORT", "2222")
    assert load(data_dir=tmp_path).port == 2222
    assert load(data_dir=tmp_path, port=3333).port == 3333
    assert load(data_dir=tmp_path, port=3333).slots == 3


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "snellen.toml").write_text("port = = 1")
    with pytest.raises(StartRefused, match=r"snellen\.toml"):
        load(data_dir=tmp_path)


def test_a_data_directory_that_is_a_file_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(StartRefused, match="SNELLEN_DATA_DIR"):
        prepare_data_dir(load(data_dir=tmp_path / "taken"))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small disk")
def test_a_full_disk_is_refused_with_advice(tmp_path: Path) -> None:
    import subprocess

    disk = tmp_path / "small"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("this container can't mount")
    try:
        with pytest.raises(StartRefused, match="free"):
            prepare_data_dir(load(data_dir=disk / "data"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_database_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="SNELLEN_DATABASE_URL"):
        create_app(load(data_dir=tmp_path, database_url="sqlite:////nowhere/at/all.db", mlflow_uri="off"))


@pytest.mark.parametrize("public", [None, "http://vision.example"])
def test_a_server_for_others_wants_encryption(tmp_path: Path, public: str | None) -> None:
    everywhere = Settings(data_dir=tmp_path / "data", host="0.0.0.0", public_url=public)  # noqa: S104
    with pytest.raises(StartRefused, match=r"https://.*SNELLEN_ALLOW_HTTP"):
        create_app(everywhere)
    assert not (tmp_path / "data").exists()
    check_address(everywhere.model_copy(update={"allow_http": True}))
    check_address(everywhere.model_copy(update={"public_url": "https://vision.example"}))


def test_every_setting_is_in_the_reference() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "settings.md").read_text()
    for name in Settings.model_fields:
        assert re.search(rf"`SNELLEN_{name.upper()}`", page), name


def test_a_second_server_on_one_data_directory_is_refused(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path / "data", mlflow_uri="off")
    app = create_app(settings)
    with pytest.raises(StartRefused, match=f"pid {os.getpid()}"):
        create_app(settings)
    app.state.snellen.database.close()
    app.state.lock.close()
    again = create_app(settings)
    again.state.snellen.database.close()
    again.state.lock.close()
