"""``snellen sync``: send what the folder of a job still holds."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated

import typer

from snellen.cli.output import JsonFlag, print_json, say
from snellen.contract.folder import Attachment, JobFolder
from snellen.errors import InvalidInput


def sync(
    folder: Annotated[
        Path, typer.Argument(help="The folder of a job that a script made with snellen.init, or of a lost job.")
    ],
    as_json: JsonFlag = False,
) -> None:
    """Send what a job's folder holds and the server has not got, and wait until it is there."""
    job = JobFolder(folder.expanduser().resolve())
    if not job.creation.is_file():
        if job.spec_file.is_file():
            return _sync_of_server(job, as_json)
        raise InvalidInput(f"{job.root}: no job folder; expected one with a job.json")
    from snellen.launch.attach import attach
    from snellen.launch.supervise import NORMAL

    delivered = attach(job, io.StringIO()) == NORMAL
    said = Attachment.read(job)
    if as_json:
        print_json({"delivered": delivered, "job_id": said.job_id, "url": said.url, "detail": said.detail})
    elif delivered:
        say(f"everything has been delivered: {said.url}")
    if not delivered:
        why = said.detail or f"another process sends it already, or the server refuses it; see {job.supervisor_log}"
        raise InvalidInput(f"not everything has been delivered: {why}")


def _sync_of_server(job: JobFolder, as_json: bool) -> None:
    """Of a job that a server started and lost: its server sends by itself what a folder on its own disk holds."""
    from snellen.cli.client import Client
    from snellen.launch.left_behind import deliver
    from snellen.launch.supervise import NORMAL

    spec = job.spec()
    with Client.from_environment() as client:
        token = client.post(f"/training/jobs/{spec.job_id}/token", {"attempt": spec.attempt})["job_token"]
        delivered = deliver(job, server=client.url, token=token) == NORMAL
        url = f"{client.url}/jobs/{spec.job_id}"
    if as_json:
        print_json({"delivered": delivered, "job_id": spec.job_id, "url": url, "detail": None})
    elif delivered:
        say(f"everything has been delivered: {url}")
    if not delivered:
        raise InvalidInput(
            f"not everything has been delivered: the server refuses it, or another process sends it; {url}"
        )
