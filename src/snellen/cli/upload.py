"""Sends a dataset to a server elsewhere: tus over httpx, going on where a broken connection stopped."""

from __future__ import annotations

import base64
import os
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from snellen.cli.client import CHUNK, Client, ServerSaidNo
from snellen.sdk.server import NoServer

TUS = {"tus-resumable": "1.0.0"}
BYTES = "application/offset+octet-stream"
UPLOADS = "/datasets/uploads"
#: At most so much in one request, for the sake of proxies.
PART_BYTES = 64 * 1024 * 1024
#: So often in a row nothing may get through; the pauses grow to half a minute.
TRIES = 12
LONGEST_PAUSE = 30.0
#: What a proxy answers when the server is away, and the server when its idea of the offset differs.
PASSING = frozenset({409, 423, 429, 502, 503, 504})

#: Hears how much is done of how much, in bytes.
Told = Callable[[int, int], None]


def upload(client: Client, path: Path, told: Told, *, pause: Callable[[float], None] = time.sleep) -> str:
    """Send a file; the id of its upload. Goes on after broken connections, for as long as some of it gets through.

    Raises :class:`~snellen.cli.client.NoServer` when the server stays away, and
    :class:`~snellen.cli.client.ServerSaidNo` when it refuses.
    """
    size = path.stat().st_size
    name = base64.b64encode(path.name.encode(errors="replace")).decode()
    begun = client.request(
        "POST", UPLOADS, headers={**TUS, "upload-length": str(size), "upload-metadata": f"filename {name}"}
    )
    upload_id = begun.headers["location"].rpartition("/")[2]
    where = f"{UPLOADS}/{upload_id}"
    offset = failed = 0
    told(0, size)
    with path.open("rb") as file:
        while offset < size:
            try:
                if failed:
                    offset = int(client.request("HEAD", where, headers=TUS).headers["upload-offset"])
                offset = _send(client, where, file, offset, size, told)
                failed = 0
            except Exception as error:
                if not _may_pass(error):
                    raise
                failed = 1 if _got_further(client, where, offset) else failed + 1
                if failed == TRIES:
                    raise NoServer(
                        f"{client.url}: the upload of {path.name} broke off at {offset:,} of {size:,} bytes ({error})"
                    ) from error
                pause(min(LONGEST_PAUSE, 0.5 * 2 ** (failed - 1)))
    return upload_id


@contextmanager
def packed(folder: Path, told: Told) -> Iterator[Path]:
    """A folder as a tar file for a while; links to files are followed. Images are compressed already."""
    files = sorted(_files_of(folder))
    total = sum(file.stat().st_size for file in files)
    done = 0
    with tempfile.TemporaryDirectory(prefix="snellen-") as place:
        target = Path(place) / f"{folder.name or 'dataset'}.tar"
        with tarfile.open(target, "w", dereference=True) as archive:
            for file in files:
                archive.add(file, arcname=str(file.relative_to(folder)), recursive=False)
                done += file.stat().st_size
                told(done, total)
        yield target


def _files_of(folder: Path) -> Iterator[Path]:
    """All files, also those in folders that are links, unless they lead back to where they are."""
    for place, folders, names in os.walk(folder, followlinks=True):
        here = Path(place)
        folders[:] = [name for name in folders if not here.resolve().is_relative_to((here / name).resolve())]
        yield from (here / name for name in names if (here / name).is_file())


def _send(client: Client, where: str, file: BinaryIO, offset: int, size: int, told: Told) -> int:
    """One part; the offset after it."""
    end = min(size, offset + PART_BYTES)

    def chunks() -> Iterator[bytes]:
        file.seek(offset)
        while (at := file.tell()) < end and (chunk := file.read(min(CHUNK, end - at))):
            yield chunk
            told(file.tell(), size)

    headers = {**TUS, "upload-offset": str(offset), "content-type": BYTES, "content-length": str(end - offset)}
    return int(client.request("PATCH", where, content=chunks(), headers=headers).headers["upload-offset"])


def _may_pass(error: Exception) -> bool:
    import httpx

    return isinstance(error, httpx.TransportError) or (isinstance(error, ServerSaidNo) and error.status_code in PASSING)


def _got_further(client: Client, where: str, offset: int) -> bool:
    import httpx

    try:
        return int(client.request("HEAD", where, headers=TUS).headers["upload-offset"]) > offset
    except (httpx.TransportError, ServerSaidNo):
        return False
