"""``snellen sync``: send what the folder of a script's job still holds."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated

import typer

from snellen.cli.output import JsonFlag, print_json, say
from snellen.contract.folder import Attachment, JobFolder
from snellen.errors import InvalidInput


def sync(
    folder: Annotated[Path, typer.Argument(help="The folder of a job that a script made with snellen.init.")],
    as_json: JsonFlag = False,
) -> None:
    """Send what a script's job folder holds and the server has not got, and wait until it is there."""
    job = JobFolder(folder.expanduser().resolve())
    if not job.creation.is_file():
        if job.spec_file.is_file():
            raise InvalidInput(
                f"{job.root} belongs to job {job.spec().job_id}, which a server started; it sends what is left by "
                "itself as soon as it runs"
            )
        raise InvalidInput(f"{job.root}: no job folder; expected one that snellen.init made (it has a create.json)")
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
