"""The trainers' user at the server's start: the data directory is closed to it, and that is tried."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url

from snellen.launch.trainer_check import check_trainer_user, close_data_dir
from snellen.launch.trainer_user import TrainerUser
from snellen.server.settings import Settings


def prepare_trainer_user(settings: Settings) -> None:
    """Close the data directory before anything is made in it."""
    if settings.trainer_user is not None:
        TrainerUser.named(settings.trainer_user)
        close_data_dir(settings.data_dir)


def check_user(settings: Settings) -> None:
    """:class:`~snellen.errors.StartRefused` unless that user can train, and can reach nothing else of ours."""
    if settings.trainer_user is None:
        return
    check_trainer_user(
        TrainerUser.named(settings.trainer_user),
        pythons=[settings.trainer_python, *settings.trainer_pythons.values()],
        data_dir=settings.data_dir,
        secrets=_secrets(settings),
    )


def _secrets(settings: Settings) -> list[Path]:
    """The data directory with all that is in it, and where databases and stores lie when they are elsewhere."""
    found = [settings.data_dir, *settings.data_dir.iterdir()]
    for url in (settings.database, settings.mlflow):
        database = make_url(url).database if url is not None and url.startswith("sqlite") else None
        if database:
            found.append(Path(database))
    found += [Path(url) for url in (settings.external, settings.internal) if "://" not in url]
    return found
