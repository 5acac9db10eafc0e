"""Datasets from the command line: in from anywhere, looked at, out again, and gone."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from snellen.cli.client import Client, ServerSaidNo
from snellen.cli.dataset_import import name_of, parse_split
from snellen.cli.digits import write_digits
from snellen.cli.upload import packed, upload
from snellen.errors import InvalidInput
from snellen.formats.archives import extract_archive
from snellen.sdk.server import NoServer

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("digits") / "some digits"
    write_digits(folder, train=3, val=2, size=64)
    return folder


@pytest.fixture
def client(server: dict[str, str]) -> Iterator[Client]:
    with Client.from_environment(Path(server["SNELLEN_DATA_DIR"])) as found:
        yield found


class Wire:
    """A wire to the server that breaks after so many bytes, so many times."""

    def __init__(self, port: int, *, bytes_each: int, breaks: int) -> None:
        self._target, self._bytes, self.breaks = port, bytes_each, breaks
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            answerer = socket.create_connection(("127.0.0.1", self._target))
            threading.Thread(target=self._carry, args=(caller, answerer, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(answerer, caller, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        carried = 0
        try:
            while data := source.recv(65536):
                room = self._bytes - carried if counted and self.breaks > 0 else len(data)
                target.sendall(data[:room])
                carried += len(data)
                if len(data) > room:
                    self.breaks -= 1
                    break
        except OSError:
            pass
        for end in (source, target):
            with end:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


@pytest.fixture
def wire(client: Client) -> Iterator[Callable[..., tuple[Wire, Client]]]:
    made: list[Any] = []

    def make(**how: int) -> tuple[Wire, Client]:
        found = Wire(int(client.url.rpartition(":")[2]), **how)
        token = client._http.headers["authorization"].removeprefix("Bearer ")
        made.extend([found, Client(found.url, token)])
        return found, made[-1]

    yield make
    for each in made:
        each.close()


def test_an_import_tells_what_it_found(snellen: Command, digits: Path) -> None:
    answer = snellen("datasets", "import", str(digits))
    assert answer.returncode == 0, answer.stderr
    assert "some digits" in answer.stdout
    for said in ("yolo, splits as given", "train", "3", "val", "class", "objects"):
        assert said in answer.stdout
    again = json.loads(snellen("datasets", "import", str(digits), "--json").stdout)
    assert (again["is_new"], again["name"]) == (False, "some digits")


def test_an_archive_is_imported_with_other_splits(snellen: Command, digits: Path, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "packed"), "gztar", digits.parent, digits.name)
    options = ("--split", "60/40", "--seed", "3", "--format", "yolo", "--task", "detection", "--decode")
    found = json.loads(snellen("datasets", "import", archive, *options, "--json").stdout)
    assert (found["name"], found["state"]) == ("packed", "completed")
    assert found["report"]["images"] == {"train": 3, "val": 2}
    assert found["report"]["split"] == {"given": False, "seed": 3, "fractions": {"train": 0.6, "val": 0.4, "test": 0.0}}


@pytest.mark.parametrize("kind", ["folder", "archive"])
def test_a_dataset_is_sent_to_the_server(snellen: Command, digits: Path, tmp_path: Path, kind: str) -> None:
    source = digits if kind == "folder" else shutil.make_archive(str(tmp_path / "sent"), "zip", digits)
    found = json.loads(
        snellen("datasets", "import", str(source), "--name", f"sent {kind}", "--upload", "--json").stdout
    )
    assert found["state"] == "completed"
    assert found["source"].startswith("upload:")
    assert found["report"]["images"] == {"train": 3, "val": 2}


def test_a_source_that_is_not_there_is_told(snellen: Command, tmp_path: Path) -> None:
    for options in ((), ("--upload",)):
        answer = snellen("datasets", "import", str(tmp_path / "nothing"), *options)
        assert answer.returncode == 1
        assert "no such folder or archive" in answer.stderr
        assert "Traceback" not in answer.stderr
    answer = snellen("datasets", "import", "external:nothing")
    assert answer.returncode == 1
    assert "holds nothing" in answer.stderr


def test_a_refused_import_is_json_for_programs_too(snellen: Command, digits: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bad"
    shutil.copytree(digits, folder)
    next((folder / "labels" / "val").iterdir()).write_text("77 0.5 0.5 0.1 0.1\n")
    answer = snellen("datasets", "import", str(folder), "--json")
    assert answer.returncode == 1
    assert json.loads(answer.stdout)["problems"][0]["line"] == 1


def test_a_dataset_is_shown_compared_exported_and_deleted(snellen: Command, digits: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(digits, folder)
    first = json.loads(snellen("datasets", "import", str(folder), "--json").stdout)
    gone = sorted((folder / "images" / "train").iterdir())[0]
    gone.unlink()
    (folder / "labels" / "train" / f"{gone.stem}.txt").unlink()
    second = json.loads(snellen("datasets", "import", str(folder), "--json").stdout)
    base, head = first["snapshot"][:10], second["snapshot"][:10]

    shown = snellen("datasets", "show", "mine").stdout
    assert base in shown
    assert head in shown
    assert len(json.loads(snellen("datasets", "show", str(first["dataset_id"]), "--json").stdout)["snapshots"]) == 2

    compared = json.loads(snellen("datasets", "compare", base, head, "--json").stdout)
    assert (compared["images"]["removed"], len(compared["items"])) == (1, 1)
    assert f"removed: images/train/{gone.name}" in snellen("datasets", "compare", base, head).stdout
    refused = snellen("datasets", "compare", "ffffffffffff", head)
    assert refused.returncode == 1
    assert "no snapshot begins so" in refused.stderr

    target = tmp_path / "out.zip"
    answer = snellen("datasets", "export", "mine", str(target), "--format", "coco", "--snapshot", base)
    assert answer.returncode == 0, answer.stderr
    assert len([name for name in zipfile.ZipFile(target).namelist() if name.endswith(".png")]) == 5
    again = snellen("datasets", "export", "mine", str(target))
    assert again.returncode == 1
    assert "is there already" in again.stderr
    refused = snellen("datasets", "export", "mine", str(tmp_path / "b.zip"), "--format", "paper")
    assert refused.returncode == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "out.zip"]

    assert snellen("datasets", "delete", "mine", "--snapshot", base, "--yes").returncode == 0
    assert snellen("datasets", "delete", "mine").returncode == 1, "nobody said yes"
    assert snellen("datasets", "delete", "mine", "-y").returncode == 0
    assert "there is no dataset 'mine'" in snellen("datasets", "show", "mine").stderr


def test_a_dataset_that_a_job_needs_is_deleted_only_by_force(snellen: Command, client: Client, digits: Path) -> None:
    found = json.loads(snellen("datasets", "import", str(digits), "--name", "needed", "--json").stdout)
    body = {"name": "my job", "model": "own.pt", "epochs": 1, "launcher": "external", "dataset": found["dataset_id"]}
    client.post("/training/jobs", body)
    refused = snellen("datasets", "delete", "needed", "--yes")
    assert refused.returncode == 1
    assert "my job" in refused.stdout
    assert "--force" in refused.stderr
    assert snellen("datasets", "delete", "needed", "--yes", "--force").returncode == 0


def test_an_upload_goes_on_after_broken_connections(
    client: Client, wire: Callable[..., tuple[Wire, Client]], tmp_path: Path
) -> None:
    path = tmp_path / "d.bin"
    path.write_bytes(os.urandom(8_000_000))
    cut, caller = wire(bytes_each=1_500_000, breaks=4)
    told: list[tuple[int, int]] = []
    upload_id = upload(caller, path, lambda done, total: told.append((done, total)), pause=lambda _seconds: None)
    assert cut.breaks == 0
    assert client.get(f"/datasets/uploads/{upload_id}")["complete"]
    assert told[-1] == (8_000_000, 8_000_000)


def test_an_upload_gives_up_when_nothing_gets_through(wire: Callable[..., tuple[Wire, Client]], tmp_path: Path) -> None:
    path = tmp_path / "d.bin"
    path.write_bytes(bytes(3_000_000))
    # Room for the request that begins it, not for the head of one with bytes after it.
    _, caller = wire(bytes_each=600, breaks=10_000)
    pauses: list[float] = []
    with pytest.raises(NoServer, match="broke off at"):
        upload(caller, path, lambda *_: None, pause=pauses.append)
    assert max(pauses) <= 30


def test_a_folder_is_packed_with_what_its_links_lead_to(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "a.txt").write_text("a")
    folder = tmp_path / "d"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "train").symlink_to(tmp_path / "shared")
    (folder / "images" / "round").symlink_to(folder)
    (folder / "broken").symlink_to(tmp_path / "nothing")
    (folder / "b.txt").symlink_to(tmp_path / "shared" / "a.txt")
    told: list[tuple[int, int]] = []
    with packed(folder, lambda done, total: told.append((done, total))) as archive:
        extract_archive(archive, tmp_path / "out")
    assert not archive.exists()
    out = tmp_path / "out"
    assert {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()} == {"b.txt", "images/train/a.txt"}
    assert told[-1] == (2, 2)


def test_a_refusal_is_no_reason_to_try_again(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "d.bin"
    path.write_bytes(bytes(10))
    upload_id = client.request("POST", "/datasets/uploads", headers={"tus-resumable": "1.0.0", "upload-length": "5"})
    assert upload_id.status_code == 201
    other = Client(client.url, "wrong")
    with other, pytest.raises(ServerSaidNo, match="401"):
        upload(other, path, lambda *_: None)


@pytest.mark.parametrize(
    ("source", "name"),
    [("/a/b c", "b c"), ("/a/d.tar.gz", "d"), ("x.ZIP", "x"), ("external:sets/pets/", "pets"), ("external:p.zip", "p"),
     ("s3://bucket/sets/pets", "pets"), ("/", "dataset")],
)  # fmt: skip
def test_a_dataset_is_named_after_its_source(source: str, name: str) -> None:
    assert name_of(source) == name


def test_splits_are_percents_or_fractions() -> None:
    assert parse_split("80/20") == parse_split("0.8/0.2") == {"train": 0.8, "val": 0.2}
    assert parse_split("70/20/10") == {"train": 0.7, "val": 0.2, "test": 0.1}
    for text in ("80", "80/30", "a/b", "", "120/-20", "1/1/1/1"):
        with pytest.raises(InvalidInput, match="--split"):
            parse_split(text)
