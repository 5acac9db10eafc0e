"""Archives: whatever they hold, nothing lands outside and nothing half-written stays."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from snellen.errors import DatasetInvalid
from snellen.formats.archives import ArchiveLimits, extract_archive, is_archive

Files = dict[str, bytes]


def make_zip(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def make_tar(path: Path, files: Files) -> Path:
    mode = {".gz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz"}.get(path.suffix, "w")
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


MAKERS: list[tuple[str, Callable[[Path, Files], Path]]] = [
    ("a.zip", make_zip),
    ("a.tar", make_tar),
    ("a.tar.gz", make_tar),
    ("a.tar.bz2", make_tar),
    ("a.tar.xz", make_tar),
]
every_kind = pytest.mark.parametrize(("name", "make"), MAKERS)


def unpacked(folder: Path) -> Files:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@every_kind
def test_files_come_out_as_they_went_in(tmp_path: Path, name: str, make: Callable[[Path, Files], Path]) -> None:
    files = {
        "a/사진 하나.txt": b"x" * 3_000_000,
        "A.txt": b"1",
        "a.txt": b"2",
        "empty": b"",
        "Ünï/ð.bin": os.urandom(99),
    }
    archive = make(tmp_path / name, {**files, "__MACOSX/a/._x": b"", ".DS_Store": b""})
    steps: list[tuple[int, int]] = []
    extract_archive(archive, tmp_path / "out", progress=lambda done, total: steps.append((done, total)))
    assert unpacked(tmp_path / "out") == files
    assert steps
    assert all(0 <= done <= total for done, total in steps)
    assert is_archive(archive)


@pytest.mark.parametrize("name", ["사진/ü.txt", "\u00e9t\u00e9.txt"])
def test_utf8_names_of_a_zip_are_read_where_it_forgot_to_say_so(tmp_path: Path, name: str) -> None:
    archive = make_zip(tmp_path / "a.zip", {name: b"1"})
    data = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset + 1] &= ~8
    archive.write_bytes(data)
    extract_archive(archive, tmp_path / "out")
    assert unpacked(tmp_path / "out") == {name: b"1"}


def test_names_in_an_old_code_page_are_names_too(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", {"abc.txt": b"1"})
    archive.write_bytes(archive.read_bytes().replace(b"abc.txt", b"\x81bc.txt"))
    extract_archive(archive, tmp_path / "out")
    assert unpacked(tmp_path / "out") == {"übc.txt": b"1"}


def test_a_zip_name_with_a_nul_is_refused(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", {"abc.txt": b"1"})
    archive.write_bytes(archive.read_bytes().replace(b"abc.txt", b"abc\0txt"))
    with pytest.raises(DatasetInvalid, match="no plain name"):
        extract_archive(archive, tmp_path / "out")


@every_kind
@pytest.mark.parametrize("member", ["../evil", "a/../../evil", "/tmp/snellen-evil", "C:/evil", "a\\..\\evil", "x\ny"])  # noqa: S108
def test_members_that_would_leave_their_folder_are_refused(
    tmp_path: Path, name: str, make: Callable[[Path, Files], Path], member: str
) -> None:
    archive = make(tmp_path / name, {"fine.txt": b"1", member: b"evil"})
    with pytest.raises(DatasetInvalid) as refused:
        extract_archive(archive, tmp_path / "deep/out")
    assert [problem["code"] for problem in refused.value.problems] == ["archive_path"]
    assert sorted(path.name for path in tmp_path.rglob("*")) == [name, "deep"]
    assert not Path("/tmp/snellen-evil").exists()  # noqa: S108


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        info = tarfile.TarInfo("link")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(DatasetInvalid, match="link or a device"):
        extract_archive(tmp_path / "a.tar", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_link_in_a_zip_is_refused_and_so_is_what_would_go_through_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc")
        archive.writestr("link/passwd", "evil")
    with pytest.raises(DatasetInvalid, match="link or a device"):
        extract_archive(tmp_path / "a.zip", tmp_path / "out")


@every_kind
def test_a_member_that_is_there_twice_is_refused(
    tmp_path: Path, name: str, make: Callable[[Path, Files], Path]
) -> None:
    archive = make(tmp_path / name, {"a.txt": b"1", "./a.txt": b"2"})
    with pytest.raises(DatasetInvalid, match="twice"):
        extract_archive(archive, tmp_path / "out")


@pytest.mark.parametrize(("name", "make"), [MAKERS[0], MAKERS[2], MAKERS[4]])
def test_a_bomb_is_stopped_by_what_it_unpacks_to(
    tmp_path: Path, name: str, make: Callable[[Path, Files], Path]
) -> None:
    archive = make(tmp_path / name, {"zeros": bytes(20_000_000)})
    with pytest.raises(DatasetInvalid, match="unpack it yourself"):
        extract_archive(archive, tmp_path / "out", limits=ArchiveLimits(ratio=50, free=1_000_000))
    assert not (tmp_path / "out").exists()
    extract_archive(archive, tmp_path / "out", limits=ArchiveLimits(ratio=50, free=20_000_000))


def test_a_zip_that_lies_about_its_sizes_is_stopped_too(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", {"zeros": bytes(20_000_000)})
    data = archive.read_bytes().replace((20_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    archive.write_bytes(data)
    with pytest.raises(DatasetInvalid):
        extract_archive(archive, tmp_path / "out", limits=ArchiveLimits(free=1_000_000, ratio=1))
    assert not (tmp_path / "out").exists()


@every_kind
def test_too_many_members_are_refused(tmp_path: Path, name: str, make: Callable[[Path, Files], Path]) -> None:
    archive = make(tmp_path / name, {str(n): b"" for n in range(20)})
    with pytest.raises(DatasetInvalid, match="more than 10 files"):
        extract_archive(archive, tmp_path / "out", limits=ArchiveLimits(members=10))


@every_kind
def test_half_an_archive_leaves_nothing(tmp_path: Path, name: str, make: Callable[[Path, Files], Path]) -> None:
    archive = make(tmp_path / name, {str(n): os.urandom(5000) for n in range(20)})
    data = archive.read_bytes()
    archive.write_bytes(data[: len(data) // 2])
    with pytest.raises(DatasetInvalid, match=r"whole archive|damaged"):
        extract_archive(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_a_tar_that_was_cut_between_two_members_is_not_taken_for_whole(tmp_path: Path, name: str) -> None:
    whole = make_tar(tmp_path / "whole.tar", {str(n): bytes(512) for n in range(4)}).read_bytes()
    cut = whole[: 2 * 1024]
    (tmp_path / name).write_bytes(gzip.compress(cut) if name.endswith("gz") else cut)
    with pytest.raises(DatasetInvalid, match="damaged, or not all of it came"):
        extract_archive(tmp_path / name, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_tar_that_ends_with_a_zip_is_a_tar(tmp_path: Path) -> None:
    inner = make_zip(tmp_path / "inner.zip", {"inner.txt": b"1"}).read_bytes()
    archive = make_tar(tmp_path / "a.tar", {"first.txt": b"2", "last.zip": inner})
    extract_archive(archive, tmp_path / "out")
    assert sorted(unpacked(tmp_path / "out")) == ["first.txt", "last.zip"]


@pytest.mark.parametrize("format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names_survive_in_every_kind_of_tar(tmp_path: Path, format: int) -> None:
    name = "/".join(["folder" * 8] * 4) + "/사진.txt"
    with tarfile.open(tmp_path / "a.tar", "w", format=format) as archive:
        info = tarfile.TarInfo(name)
        info.size = 1
        archive.addfile(info, io.BytesIO(b"1"))
    extract_archive(tmp_path / "a.tar", tmp_path / "out")
    assert unpacked(tmp_path / "out") == {name: b"1"}


def test_an_encrypted_zip_is_told(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", {"a.txt": b"1"})
    data = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    archive.write_bytes(data)
    with pytest.raises(DatasetInvalid, match="encrypted"):
        extract_archive(archive, tmp_path / "out")


def test_what_is_no_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"GIF89a")
    with pytest.raises(DatasetInvalid, match="no whole archive; expected one of"):
        extract_archive(tmp_path / "a.zip", tmp_path / "out")


def test_an_interrupted_unpacking_leaves_nothing(tmp_path: Path) -> None:
    def stop(_done: int, _total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        extract_archive(make_zip(tmp_path / "a.zip", {"a": b"1"}), tmp_path / "out", progress=stop)
    assert not (tmp_path / "out").exists()


def test_memory_stays_bounded(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", {"zeros": bytes(300_000_000)})
    script = (
        "import resource, sys\nfrom pathlib import Path\nfrom snellen.formats.archives import *\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "extract_archive(Path(sys.argv[1]), Path(sys.argv[2]), limits=ArchiveLimits(ratio=10_000))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    command = [sys.executable, "-c", script, str(archive), str(tmp_path / "out")]
    grown = subprocess.run(command, check=True, capture_output=True, text=True)
    assert int(grown.stdout) < 40_000  # kB
