"""Resumable uploads: what arrived is kept, whatever happens to the client."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.requests import ClientDisconnect

from snellen.errors import Conflict, TooLarge, UploadMismatch, UploadNotFound
from snellen.server.app import create_app
from snellen.server.datasets.uploads import BUFFER, Uploads
from snellen.server.settings import Settings

pytestmark = pytest.mark.db

PLACE = "/api/v1/datasets/uploads"
TUS = {"tus-resumable": "1.0.0"}


def begin(api: TestClient, size: int, name: str = "d.zip", **headers: str) -> Any:
    metadata = f"filename {base64.b64encode(name.encode()).decode()},filetype"
    return api.post(PLACE, headers={**TUS, "upload-length": str(size), "upload-metadata": metadata, **headers})


def send(api: TestClient, where: str, offset: int, data: bytes, **headers: str) -> Any:
    all_headers = {**TUS, "upload-offset": str(offset), "content-type": "application/offset+octet-stream", **headers}
    return api.patch(where, content=data, headers=all_headers)


def test_an_upload_needs_a_person(anonymous: TestClient, api: TestClient) -> None:
    where = begin(api, 3).headers["location"]
    assert begin(anonymous, 3).status_code == 401
    assert send(anonymous, where, 0, b"abc").status_code == 401
    assert anonymous.get(where).status_code == anonymous.head(where, headers=TUS).status_code == 401
    assert anonymous.delete(where, headers=TUS).status_code == 401
    assert api.get(where).json()["offset"] == 0


@pytest.mark.parametrize("upload_id", ["x", "a" * 32, "..%2f..%2ftoken", "."])
def test_an_unknown_upload_is_not_found(api: TestClient, upload_id: str) -> None:
    assert api.head(f"{PLACE}/{upload_id}", headers=TUS).status_code in (404, 405)
    assert send(api, f"{PLACE}/{upload_id}", 0, b"x").status_code in (404, 405)


def test_another_version_of_the_protocol_is_refused(api: TestClient) -> None:
    answer = begin(api, 3, **{"tus-resumable": "0.2.2"})
    assert (answer.status_code, answer.headers["tus-version"]) == (412, "1.0.0")
    assert answer.json()["error"] == "tus_version_unknown"


def test_the_server_says_what_it_speaks(api: TestClient, settings: Settings) -> None:
    headers = api.options(PLACE).headers
    assert headers["tus-extension"] == "creation,termination"
    assert headers["tus-max-size"] == str(settings.max_upload_bytes)
    assert headers["tus-version"] == headers["tus-resumable"] == "1.0.0"


def test_a_file_comes_in_pieces(api: TestClient, settings: Settings) -> None:
    data = os.urandom(700_000)  # more than the limit of JSON bodies
    created = begin(api, len(data), "../사진 ü.zip")
    assert created.status_code == 201
    where = created.headers["location"]
    assert send(api, where, 0, data[:300_000]).headers["upload-offset"] == "300000"
    head = api.head(where, headers=TUS)
    assert (head.headers["upload-offset"], head.headers["upload-length"]) == ("300000", str(len(data)))
    assert head.headers["cache-control"] == "no-store"
    assert send(api, where, 300_000, data[300_000:]).status_code == 204
    said = api.get(where).json()
    assert said == {
        "id": where.rpartition("/")[2],
        "filename": "사진 ü.zip",
        "size": len(data),
        "offset": len(data),
        "complete": True,
    }
    (kept,) = (settings.data_dir / "uploads").rglob("*.zip")
    assert kept.read_bytes() == data


def test_what_a_client_said_of_a_file_is_said_again(api: TestClient) -> None:
    said = f"filename {base64.b64encode(b'd.zip').decode()},filetype"
    assert api.head(begin(api, 3).headers["location"], headers=TUS).headers["upload-metadata"] == said


@pytest.mark.parametrize(
    ("name", "kept"),
    [("..", "upload"), (".", "upload"), ("", "upload"), ("../../etc/passwd", "passwd"), ("C:\\d\\x.zip", "x.zip"),
     ("a\nb", "a_b"), ("upload.json", "upload.json"), ("ü" * 300 + ".tar.gz", "ü" * 75 + ".tar.gz")],
)  # fmt: skip
def test_any_name_becomes_a_files_name(api: TestClient, name: str, kept: str) -> None:
    where = begin(api, 3, name).headers["location"]
    assert send(api, where, 0, b"abc").status_code == 204
    assert api.get(where).json()["filename"] == kept


def test_a_wrong_offset_is_refused_and_changes_nothing(api: TestClient) -> None:
    where = begin(api, 6).headers["location"]
    send(api, where, 0, b"abc")
    for offset in (0, 2, 4):
        assert send(api, where, offset, b"xyz").status_code == 409
    assert api.get(where).json()["offset"] == 3


def test_more_than_was_announced_is_refused(api: TestClient) -> None:
    where = begin(api, 3).headers["location"]
    assert send(api, where, 0, b"abcd").status_code == 413
    assert api.get(where).json()["offset"] == 0


def test_bytes_of_another_type_are_refused(api: TestClient) -> None:
    where = begin(api, 3).headers["location"]
    assert send(api, where, 0, b"abc", **{"content-type": "application/json"}).status_code == 422


@pytest.mark.parametrize("headers", [{"upload-length": "-1"}, {"upload-length": "many"}, {"upload-metadata": "a ?"}])
def test_an_upload_that_makes_no_sense_is_refused(api: TestClient, headers: dict[str, str]) -> None:
    assert begin(api, 3, **headers).status_code == 422


def test_an_upload_over_the_limit_is_refused_before_a_byte_is_sent(api: TestClient, settings: Settings) -> None:
    answer = begin(api, settings.max_upload_bytes + 1)
    assert answer.status_code == 413
    assert "SNELLEN_MAX_UPLOAD_BYTES" in answer.json()["detail"]


def test_an_upload_can_be_given_up(api: TestClient, settings: Settings) -> None:
    where = begin(api, 3).headers["location"]
    assert api.delete(where, headers=TUS).status_code == 204
    assert api.head(where, headers=TUS).status_code == 404
    assert list((settings.data_dir / "uploads").iterdir()) == []


def test_an_upload_goes_on_after_the_servers_end(settings: Settings) -> None:
    tokens = {}
    for piece, offset in ((b"abc", 0), (b"def", 3)):
        with TestClient(create_app(settings), base_url="http://127.0.0.1:8080") as client:
            token = (settings.data_dir / "token").read_text().strip()
            client.headers["authorization"] = f"Bearer {token}"
            tokens.setdefault("where", None)
            where = tokens["where"] = tokens["where"] or begin(client, 6).headers["location"]
            assert send(client, where, offset, piece).status_code == 204
            assert client.get(where).json()["complete"] is (offset == 3)


async def chunks(*pieces: bytes, then: BaseException | None = None) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if then is not None:
        raise then


def test_what_arrived_of_a_client_that_went_away_is_kept(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, max_bytes=10**9)
    upload = uploads.create("a.zip", BUFFER + 50)
    coming = chunks(b"a" * BUFFER, b"b" * 7, then=ClientDisconnect())
    with pytest.raises(ClientDisconnect):
        asyncio.run(uploads.receive(upload.id, 0, coming, BUFFER + 50))
    assert uploads.get(upload.id).offset == BUFFER + 7
    assert asyncio.run(uploads.receive(upload.id, BUFFER + 7, chunks(b"c" * 43), None)) == BUFFER + 50
    assert upload.path.read_bytes() == b"a" * BUFFER + b"b" * 7 + b"c" * 43


def test_who_resumes_takes_over_from_a_connection_that_hangs(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, max_bytes=10**9)
    upload = uploads.create("a.zip", BUFFER + 6)

    async def both() -> None:
        waits, written = asyncio.Event(), asyncio.Event()

        async def hanging() -> AsyncIterator[bytes]:
            yield b"a" * BUFFER
            written.set()
            await waits.wait()
            yield b"zzz"

        old = asyncio.ensure_future(uploads.receive(upload.id, 0, hanging(), None))
        await written.wait()
        with pytest.raises(UploadMismatch, match=f"{BUFFER} bytes are here"):
            await uploads.receive(upload.id, 0, chunks(b"b"), None)
        assert await uploads.receive(upload.id, BUFFER, chunks(b"b" * 6), None) == BUFFER + 6
        waits.set()
        with pytest.raises(UploadMismatch, match="another request"):
            await old

    asyncio.run(both())
    assert upload.path.read_bytes() == b"a" * BUFFER + b"b" * 6


def test_of_two_at_once_one_is_told_and_nothing_is_mixed(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, max_bytes=10**9)
    upload = uploads.create("a.zip", 4 * BUFFER)

    async def both() -> list[Any]:
        pieces = [uploads.receive(upload.id, 0, chunks(*[letter * BUFFER] * 4), None) for letter in (b"a", b"b")]
        return await asyncio.gather(*pieces, return_exceptions=True)

    ends = asyncio.run(both())
    assert sorted(map(str, map(type, ends))) == sorted(map(str, (int, UploadMismatch)))
    assert len(set(upload.path.read_bytes())) == 1


def test_bytes_beyond_the_end_are_not_written(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, max_bytes=10**9)
    upload = uploads.create("a.zip", 10)
    with pytest.raises(TooLarge):
        asyncio.run(uploads.receive(upload.id, 0, chunks(b"12345", b"678901"), None))
    assert uploads.get(upload.id).offset == 5


def test_an_upload_is_held_while_it_is_imported_and_then_removed(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, max_bytes=10**9)
    upload = uploads.create("a.zip", 1)
    with pytest.raises(Conflict, match="0 of 1 bytes"), uploads.held(upload.id):
        pass
    asyncio.run(uploads.receive(upload.id, 0, chunks(b"x"), None))
    with pytest.raises(ZeroDivisionError), uploads.held(upload.id):
        raise ZeroDivisionError
    with uploads.held(upload.id) as found:
        assert found.complete
        with pytest.raises(Conflict, match="is being imported"):
            uploads.remove(upload.id)
    with pytest.raises(UploadNotFound):
        uploads.get(upload.id)


def test_old_and_imported_uploads_are_forgotten(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, max_bytes=10**9)
    old, done, young = (uploads.create(name, 5) for name in ("old", "done", "young"))
    week = time.time() - 8 * 24 * 3600
    for path in (old.path, old.path.parent.parent):
        os.utime(path, (week, week))
    uploads.remove_expired(imported=[done.id])
    assert [path.name for path in tmp_path.iterdir()] == [young.id]
