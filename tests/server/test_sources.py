"""Where a dataset may come from; whatever was fetched or unpacked for it is gone afterwards."""

from __future__ import annotations

import asyncio
import os
import shutil
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from obstore.store import MemoryStore

from snellen.cli.digits import write_digits
from snellen.errors import Conflict, DatasetInvalid, InvalidInput, UploadNotFound
from snellen.server.app import create_app
from snellen.server.datasets.sources import open_source
from snellen.server.datasets.uploads import Uploads
from snellen.server.settings import Settings
from snellen.storage import Store, open_store

FILES = {"data.yaml": b"names: [a]", "images/사진 1.txt": b"1" * 3_000_000, "images/two.txt": b""}


class Place:
    """A work folder, uploads and an external store, and what was told."""

    def __init__(self, folder: Path, external: Store) -> None:
        self.external = external
        self.uploads = Uploads(folder / "uploads", max_bytes=10**9)
        self.workdir = folder / "work"
        self.told: list[tuple[str, int, int]] = []
        self.stop_at: str | None = None

    def open(self, source: str) -> Any:
        return open_source(source, external=self.external, uploads=self.uploads, workdir=self.workdir, tell=self._tell)

    def files(self, source: str) -> dict[str, bytes]:
        with self.open(source) as folder:
            return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    def upload(self, data: bytes, *, size: int | None = None) -> str:
        async def chunks() -> AsyncIterator[bytes]:
            yield data

        upload = self.uploads.create("mine.zip", len(data) if size is None else size)
        asyncio.run(self.uploads.receive(upload.id, 0, chunks(), None))
        return upload.id

    def _tell(self, phase: str, done: int, total: int) -> None:
        assert done >= 0
        assert total in (0,) or done <= total
        self.told.append((phase, done, total))
        if phase == self.stop_at:
            raise InterruptedError


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, Store(MemoryStore(), url="s3://store/data"))  # a bucket that needs no server


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as opened:
        for name, data in FILES.items():
            opened.writestr(name, data)
    return tmp_path / "d.zip"


@pytest.mark.parametrize(
    "source",
    ["", "relative/folder", "https://elsewhere/d.zip", "file:///etc", "s3://other/bucket", "external:",
     "external:files/01", "external:nothing/here", "external:nothing.zip", "s3://store/data", "s3://store/database/x",
     "/no/such/folder", "/dev/null", "/dev/zero",
     "~nobody/x", "~no such person/x", "/\0", "/" + "a" * 300],
)  # fmt: skip
def test_any_other_source_is_refused(place: Place, source: str) -> None:
    with pytest.raises(DatasetInvalid), place.open(source):
        pass
    assert list(place.workdir.iterdir()) == []


def test_a_pipe_is_not_waited_for(place: Place, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(DatasetInvalid, match="no such folder or archive"), place.open(str(tmp_path / "pipe.zip")):
        pass


def test_no_key_leaves_the_store(place: Place) -> None:
    with pytest.raises(InvalidInput), place.open("external:../elsewhere"):
        pass


def test_a_folder_is_taken_as_it_is(place: Place, tmp_path: Path) -> None:
    with place.open(str(tmp_path)) as folder:
        assert folder == tmp_path


def test_an_archive_is_unpacked_for_a_while(place: Place, archive: Path) -> None:
    with place.open(str(archive)) as folder:
        assert folder.is_relative_to(place.workdir)
    assert place.files(str(archive)) == FILES
    assert list(place.workdir.iterdir()) == []
    assert {phase for phase, _, _ in place.told} == {"extracting"}
    assert place.told[-1][1] == place.told[-1][2] > 0


def test_a_broken_archive_is_told_by_its_name(place: Place, archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-400])
    with pytest.raises(DatasetInvalid, match=r"^d\.zip: "), place.open(str(archive)):
        pass
    upload_id = place.upload(b"no archive")
    with pytest.raises(DatasetInvalid, match=r"^mine\.zip: "), place.open(f"upload:{upload_id}"):
        pass
    assert place.uploads.get(upload_id).complete, "an upload that was refused can be tried again"


def test_an_upload_is_gone_when_its_import_went_well(place: Place, archive: Path) -> None:
    upload_id = place.upload(archive.read_bytes())
    with pytest.raises(ZeroDivisionError), place.open(f"upload:{upload_id}"):
        raise ZeroDivisionError
    assert place.files(f"upload:{upload_id}") == FILES
    with pytest.raises(UploadNotFound), place.open(f"upload:{upload_id}"):
        pass


def test_an_upload_must_be_whole(place: Place) -> None:
    upload_id = place.upload(b"12", size=3)
    with pytest.raises(Conflict, match="2 of 3 bytes"), place.open(f"upload:{upload_id}"):
        pass


@pytest.mark.parametrize("source", ["external:data sets/mine", "s3://store/data/data sets/mine/"])
def test_a_prefix_of_the_external_store_is_fetched(place: Place, source: str) -> None:
    for name, data in FILES.items():
        place.external.put_bytes(f"data sets/mine/{name}", data)
    place.external.put_bytes("data sets/mine2/other", b"x")
    place.external.put_bytes("data sets/mine/images", b"")  # a folder, as some tools keep it
    assert place.files(source) == FILES
    assert {phase for phase, _, _ in place.told} == {"fetching"}
    assert list(place.workdir.iterdir()) == []


def test_an_archive_in_the_external_store_is_fetched_and_unpacked(place: Place, archive: Path) -> None:
    place.external.put_file("zips/d.zip", archive)
    assert place.files("external:zips/d.zip") == FILES
    assert place.told[0][0] == "fetching"
    assert place.told[-1][0] == "extracting"


def test_a_prefix_in_a_store_that_is_a_folder(tmp_path: Path, archive: Path) -> None:
    place = Place(tmp_path, open_store(str(tmp_path / "store"), create=True))
    place.external.put_file("zips/d.zip", archive)
    place.external.put_bytes("plain/data.yaml", b"x")
    assert place.files("external:zips/d.zip") == FILES
    assert place.files("external:plain") == {"data.yaml": b"x"}
    assert place.files(f"{tmp_path}/store/plain") == {"data.yaml": b"x"}


@pytest.mark.parametrize("phase", ["fetching", "extracting"])
def test_who_gives_up_leaves_nothing(place: Place, archive: Path, phase: str) -> None:
    place.external.put_file("zips/d.zip", archive)
    place.stop_at = phase
    with pytest.raises(InterruptedError), place.open("external:zips/d.zip"):
        pass
    assert list(place.workdir.iterdir()) == []


def test_what_a_killed_server_left_is_removed_at_the_next_start(settings: Settings) -> None:
    left = settings.data_dir / "tmp" / "imports" / "left"
    left.mkdir(parents=True)
    with TestClient(create_app(settings)):
        assert not left.exists()


def test_a_dataset_is_imported_from_an_upload(
    api: TestClient, tmp_path: Path, settings: Settings, eventually: Callable[..., Any]
) -> None:
    write_digits(tmp_path / "digits", train=2, val=1, size=64)
    data = Path(shutil.make_archive(str(tmp_path / "digits"), "gztar", tmp_path, "digits")).read_bytes()
    tus = {"tus-resumable": "1.0.0"}
    begun = api.post("/api/v1/datasets/uploads", headers={**tus, "upload-length": str(len(data))})
    where = begun.headers["location"]
    sent = {**tus, "upload-offset": "0", "content-type": "application/offset+octet-stream"}
    assert api.patch(where, content=data, headers=sent).status_code == 204
    body = {"name": "digits", "source": f"upload:{where.rpartition('/')[2]}"}
    import_id = api.post("/api/v1/datasets", json=body).json()["id"]

    def done() -> Any:
        found = api.get(f"/api/v1/datasets/imports/{import_id}").json()
        return found["state"] != "running" and found

    found = eventually(done)
    assert (found["state"], found["report"]["images"]) == ("completed", {"train": 2, "val": 1})
    assert api.head(where, headers=tus).status_code == 404
    assert list((settings.data_dir / "tmp" / "imports").iterdir()) == []
