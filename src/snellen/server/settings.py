"""Settings: one table of name, type, default and help; read once, checked all at once.

From the environment (``SNELLEN_*``), then from ``snellen.toml`` in the data directory.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import IO, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from snellen import logs
from snellen.errors import StartRefused
from snellen.launch.dataset_cache import DEFAULT_BYTES
from snellen.server.login_settings import LOOPBACK_NAMES, LoginSettings

CONFIG_NAME = "snellen.toml"
#: Below this the first checkpoint would fill the disk.
NEEDED_FREE_BYTES = 200 * 1024 * 1024
LOOPBACK = LOOPBACK_NAMES
LAUNCHER_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
#: In a launcher's options: which of the installed ones it is.
KIND = "kind"
#: Options of a store that are kept to ourselves; the others are where it is.
SECRET_OPTION = re.compile(r"(?i)key|secret|token|password|credential|sas")


class Settings(LoginSettings):
    """Everything that can be set. Each field's ``description`` is its line in ``docs/reference/settings.md``."""

    model_config = SettingsConfigDict(env_prefix="SNELLEN_", extra="forbid", frozen=True)

    data_dir: Path = Field(
        Path("~/.snellen"), description="Where everything is kept by default: database, stores, job folders, caches."
    )
    host: str = Field("127.0.0.1", description="The address to listen on; loopback unless said otherwise.")
    port: int = Field(8080, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    public_url: str | None = Field(
        None, description="The URL under which browsers and remote supervisors reach the server."
    )
    allow_http: bool = Field(
        False,
        description="Listen beyond this machine although `public_url` doesn't begin with https://: tokens and pictures "
        "then travel where others can read them.",
    )
    auth: Literal["single", "users"] = Field(
        "single",
        description="`single`: the token in the data directory opens everything. `users`: people log in and have roles "
        "in projects; that token is the operator's.",
    )
    allow_shared_user: bool = Field(
        False,
        description="With `auth=users`, run trainers under the server's own user all the same: who runs code then "
        "reads whatever the server can.",
    )
    import_roots: list[str] = Field(
        [],
        description="With `auth=users`: folders of this machine, and places `external:PREFIX` of the external store, "
        "from which every editor may import, as JSON. Administrators of the server import from anywhere.",
    )
    token_days: int = Field(90, ge=1, description="A token that somebody makes is good for so many days, unless said.")
    token_max_days: int = Field(365, ge=1, description="No token that somebody makes is good for longer.")
    job_token_hours: float = Field(
        168.0,
        gt=0,
        description="A job's token is good for so long after the job has ended: what is late arrives until then.",
    )
    database_url: str | None = Field(
        None,
        description="`postgresql://USER:PASSWORD@HOST/NAME` or `sqlite:///PATH`; default SQLite in the data directory.",
    )
    database_connections: int = Field(
        20,
        ge=2,
        le=500,
        description="Connections to PostgreSQL that this server holds at most, besides one that listens.",
    )
    machine: str | None = Field(
        None,
        max_length=200,
        description="The name of this machine among those whose servers share a database; default its host name "
        "and id. Processes, job folders and GPUs belong to a machine: servers in containers that share neither need "
        "names of their own.",
    )
    external_store: str | None = Field(
        None, description="URL of the store for datasets (folder, s3://, gs://, az://); default a folder."
    )
    external_store_options: dict[str, str] = Field(
        default_factory=dict, description="obstore options of the external store, as JSON (keys, endpoint, region)."
    )
    internal_store: str | None = Field(
        None, description="URL of the store for checkpoints, plots and prediction sets; default a folder."
    )
    internal_store_options: dict[str, str] = Field(
        default_factory=dict, description="obstore options of the internal store, as JSON."
    )
    backup_store_options: dict[str, str] = Field(
        default_factory=dict, description="obstore options of the bucket that `snellen backup` writes to, as JSON."
    )
    direct_transfers: bool = Field(
        True,
        description="Whether browsers and supervisors get presigned URLs of the internal store, where it can make "
        "them; `false` when they can't reach it: everything goes through the server then.",
    )
    upload_part_bytes: int = Field(
        16 * 1024**2,
        ge=65536,
        le=1024**3,
        description="Jobs' files are sent in parts of so many bytes; after an outage only the missing ones are sent.",
    )
    upload_kept_hours: float = Field(
        24.0, gt=0, description="An upload of a job that nobody went on with for so long is removed with its parts."
    )
    mlflow_uri: str | None = Field(
        None, description="MLflow tracking URI to mirror to; default an embedded SQLite store; `off` to do without."
    )
    mlflow_readers: Literal["administrators", "everyone"] = Field(
        "administrators",
        description="With `auth=users`: who sees runs of MLflow that no job of this server made, `administrators` of "
        "the server or `everyone`. A job's run is seen by who sees the job, whatever this says.",
    )
    trainer_python: Path = Field(
        Path(sys.executable), description="The Python that runs trainers; it needs snellen and the framework."
    )
    trainer_pythons: dict[str, Path] = Field(
        {},
        description='Pythons of single trainers, as JSON or a TOML table: `{"ultralytics": "/opt/yolo/bin/python"}`. '
        "So packages that exclude one another, or whose licence asks for it, have environments of their own.",
    )
    trainer_user: str | None = Field(
        None,
        description="The user of this machine that trainers run as, so that they can't read what the server can; needs "
        "root or five capabilities (see docs/security.md).",
    )
    slots: int = Field(
        0, ge=0, le=1024, description="Jobs that run at once on this machine; 0 is one per GPU, or one without GPUs."
    )
    launchers: dict[str, dict[str, Any]] = Field(
        {"local": {}},
        min_length=1,
        description="Where jobs run, as JSON or TOML tables: names and their options; the first is the default. "
        '`{"local": {}, "h100": {"kind": "ray", "address": "http://10.0.0.5:8265"}}`; `kind` is the name unless said. '
        "See docs/guides/cluster.md.",
    )
    lost_after_seconds: float = Field(
        60.0, gt=0, description="A job whose supervisor was silent for so long is `lost`."
    )
    max_body_bytes: int = Field(
        32 * 1024 * 1024, ge=1024, description="The largest JSON body; a larger one is a 413. Uploads have their own."
    )
    max_upload_bytes: int = Field(
        64 * 1024**3, ge=1024, description="The largest file that may be uploaded, a dataset's archive included."
    )
    dataset_cache_bytes: int = Field(
        DEFAULT_BYTES,
        ge=0,
        description="A machine's cache of datasets for training holds at most so much, besides what running jobs use.",
    )
    keep_predictions_every: int = Field(
        1,
        ge=0,
        description="Of each job the best epoch, the last and every n-th keep their prediction sets; 1 keeps all, 0 "
        "the best and the last alone. What is removed is said in the job's log and shown with the result.",
    )
    keep_job_folders_days: float | None = Field(
        None,
        gt=0,
        description="Folders of jobs on the server's disk lose their checkpoints, predictions and the like so many "
        "days after the job ended; logs and journals stay. Without it nothing is removed.",
    )
    unnamed_kept_days: float = Field(
        7.0,
        ge=2,
        description="Objects of the stores that nothing in the database names, left by imports and uploads whose "
        "server was killed, are removed after so many days.",
    )
    metrics_token: str | None = Field(
        None,
        min_length=16,
        description="The bearer token with which Prometheus reads `/metrics`; an administrator's opens it too. Without "
        "one it is open to this machine, as long as the server listens on loopback and has no `public_url`.",
    )
    log_level: str = Field("info", description="debug, info, warning or error.")
    log_format: logs.Format = Field(
        "text", description="How log records are written: `text` for people, `json` for programs, one object a line."
    )

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.lower() not in {"debug", "info", "warning", "error"}:
            raise ValueError("expected debug, info, warning or error")
        return value.lower()

    @field_validator("launchers")
    @classmethod
    def _names_of_launchers(cls, value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        wrong = [name for name in value if not LAUNCHER_NAME.fullmatch(name) or name == "external"]
        if wrong:
            raise ValueError(
                f"{', '.join(wrong)}: expected names of lower-case letters, digits and dashes, and not 'external'"
            )
        return value

    @field_validator("public_url")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError("expected a URL that begins with http:// or https://")
        return value.rstrip("/") if value else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is passed, then the environment, then the TOML file of the data directory."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def database(self) -> str:
        """The SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'snellen.db'}"

    @property
    def external(self) -> str:
        """The URL of the external store."""
        return self.external_store or str(self.data_dir / "external")

    @property
    def internal(self) -> str:
        """The URL of the internal store."""
        return self.internal_store or str(self.data_dir / "internal")

    @property
    def secrets(self) -> list[str]:
        """What must never be told: keys and passwords that were configured."""
        each = (self.external_store_options, self.internal_store_options, self.backup_store_options)
        urls = [self.database_url, self.external_store, self.internal_store, self.mlflow_uri, self.public_url]
        found = [value for options in each for name, value in options.items() if SECRET_OPTION.search(name)]
        found += [password for url in urls if url and (password := _password_of(url))]
        found += [self.metrics_token] if self.metrics_token else []
        for options in self.launchers.values():
            headers = options.get("headers")
            found += [str(value) for value in headers.values()] if isinstance(headers, dict) else []
        return [*found, *([self.oidc_client_secret.get_secret_value()] if self.oidc_client_secret else [])]

    @property
    def mlflow(self) -> str | None:
        """The tracking URI, or None when mirroring is off."""
        if self.mlflow_uri == "off":
            return None
        return self.mlflow_uri or f"sqlite:///{self.data_dir / 'mlflow.db'}"


def _password_of(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:
        return None


def load(**given: Any) -> Settings:
    """Read the settings; `given` (from the command line) wins over the environment and the TOML file.

    Raises :class:`~snellen.errors.StartRefused` that lists all that is wrong.
    """
    given = {key: value for key, value in given.items() if value is not None}
    directory = given.get("data_dir") or os.environ.get("SNELLEN_DATA_DIR") or "~/.snellen"
    given["data_dir"] = Path(directory).expanduser().resolve()
    config = given["data_dir"] / CONFIG_NAME

    class WithFile(Settings):
        model_config = SettingsConfigDict(toml_file=config)

    try:
        return WithFile(**given)
    except ValidationError as error:
        known = ", ".join(sorted(Settings.model_fields))
        lines = []
        for e in error.errors():
            what = f"unknown setting; known: {known}" if e["type"] == "extra_forbidden" else e["msg"]
            lines.append(f"{'.'.join(str(part) for part in e['loc'])}: got {e['input']!r}: {what}")
        raise StartRefused("settings are wrong:\n  " + "\n  ".join(lines)) from error
    except (SettingsError, tomllib.TOMLDecodeError, OSError) as error:
        raise StartRefused(f"settings can't be read (environment SNELLEN_*, {config}): {error}") from error


def check_address(settings: Settings) -> None:
    """:class:`StartRefused` for a server that others would reach without encryption, unless that is wanted."""
    if settings.host in LOOPBACK or settings.allow_http or (settings.public_url or "").startswith("https://"):
        return
    raise StartRefused(
        f"host {settings.host!r} is reached from other machines, and public_url is {settings.public_url!r}; expected "
        "one that begins with https:// (put a proxy with a certificate in front and set SNELLEN_PUBLIC_URL to its "
        "address), or SNELLEN_ALLOW_HTTP=true in a network that you trust"
    )


def check_mode(settings: Settings) -> None:
    """:class:`StartRefused` where several people would share the one user under which everything runs."""
    if settings.auth == "single" or settings.trainer_user is not None or settings.allow_shared_user:
        return
    raise StartRefused(
        "auth is 'users' and trainer_user is not set: a training of anybody's would read the server's files, its "
        "token and everybody's data; set SNELLEN_TRAINER_USER to another user of this machine, or "
        "SNELLEN_ALLOW_SHARED_USER=true if all who may run code may read everything"
    )


def lock_data_dir(settings: Settings) -> IO[str]:
    """Keep the data directory to this process for as long as the file returned stays open.

    :class:`StartRefused` names the process that has it.
    """
    file = (settings.data_dir / "server.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise StartRefused(
            f"another server (pid {holder}) uses the data directory {settings.data_dir}; stop it, or choose another "
            "directory with SNELLEN_DATA_DIR or --data-dir"
        ) from error
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def prepare_data_dir(settings: Settings) -> None:
    """Make the data directory and prove that it can be written; :class:`StartRefused` says what to do otherwise."""
    directory = settings.data_dir
    advice = "choose another with SNELLEN_DATA_DIR or --data-dir, or make room"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("jobs", "cache", "tmp"):
            (directory / name).mkdir(exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=directory) as probe:
            probe.write(b"\0" * 65536)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise StartRefused(f"the data directory {directory} can't be written ({error.strerror}); {advice}") from error
    free = shutil.disk_usage(directory).free
    if free < NEEDED_FREE_BYTES:
        raise StartRefused(
            f"the disk of the data directory {directory} has {free // 2**20} MiB free, "
            f"at least {NEEDED_FREE_BYTES // 2**20} MiB are needed; {advice}"
        )
