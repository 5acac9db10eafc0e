"""Unpacks archives of datasets: nothing is written outside the target, and nothing without bounds."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from snellen.errors import DatasetInvalid
from snellen.formats.problems import Problems

CHUNK = 1024 * 1024
SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
#: What desktops put beside the files.
LITTER = re.compile(r"(^|/)(__MACOSX(/|$)|\.DS_Store$|\._[^/]*$|Thumbs\.db$)")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may unpack to: so many times its own size, though always ``free`` bytes; members; and in all."""

    ratio: float = 200.0
    free: int = 512 * 1024**2
    members: int = 2_000_000
    total: int = 2 * 1024**4
    #: Left on the disk for others.
    spare: int = 256 * 1024**2


@dataclass(frozen=True, slots=True)
class _Member:
    """A file in an archive: its path, the size that it claims, and how to open it."""

    path: str
    size: int
    open: Callable[[], IO[bytes]]


def is_archive(path: Path) -> bool:
    """Whether a file has the name of an archive that can be unpacked."""
    return path.name.lower().endswith(SUFFIXES)


def extract_archive(
    archive: Path, target: Path, *, limits: ArchiveLimits | None = None, progress: Progress | None = None
) -> None:
    """Unpack into `target`, which is made; ``progress(done, total)`` counts bytes of the archive's files.

    Raises :class:`~snellen.errors.DatasetInvalid` for members that would leave the target, links and devices, members
    that are there twice, encrypted or damaged archives and those that unpack to more than `limits`; then nothing of it
    is left.
    """
    bounds = limits or ArchiveLimits()
    try:
        target.mkdir(parents=True)
        if _is_zip(archive):
            _unzip(archive, target, bounds, progress)
        elif tarfile.is_tarfile(archive):
            _untar(archive, target, bounds, progress)
        else:
            raise DatasetInvalid(f"{archive.name}: is no whole archive; expected one of: {', '.join(SUFFIXES)}")
    except BaseException as error:
        shutil.rmtree(target, ignore_errors=True)
        if isinstance(error, zipfile.BadZipFile | tarfile.TarError | EOFError | NotImplementedError | ValueError):
            raise DatasetInvalid(f"{archive.name}: is damaged, or not all of it came: {error}") from error
        if isinstance(error, OSError) and not isinstance(error, InterruptedError):
            raise DatasetInvalid(f"{archive.name}: can't be unpacked: {error.strerror or error}") from error
        if type(error).__module__ in ("zlib", "lzma"):
            raise DatasetInvalid(f"{archive.name}: is damaged: {error}") from error
        raise


def _is_zip(archive: Path) -> bool:
    """By its beginning: the end of a tar whose last file is a zip looks like one."""
    with archive.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06") and zipfile.is_zipfile(archive)


def _unzip(archive: Path, target: Path, bounds: ArchiveLimits, progress: Progress | None) -> None:
    problems = Problems()
    with zipfile.ZipFile(archive) as opened:
        files = [info for info in opened.infolist() if not info.is_dir()]
        for info in files:
            name, mode = _zip_name(info), info.external_attr >> 16
            if info.flag_bits & 1:
                problems.error("archive_encrypted", "is encrypted; unpack it first", name)
            elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                problems.error("archive_link", "is a link or a device; archives of datasets hold files", name)
            else:
                _is_safe(name, problems)
        problems.refuse()
        members = (_Member(_zip_name(info), info.file_size, lambda info=info: opened.open(info)) for info in files)  # type: ignore[misc]
        _write(archive, members, sum(info.file_size for info in files), target, bounds, progress)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The member's name; many programs write UTF-8 without saying so, which zipfile takes for the oldest code page."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode()
    return name


def _untar(archive: Path, target: Path, bounds: ArchiveLimits, progress: Progress | None) -> None:
    """In one pass: to look at a compressed tar first would be to unpack it twice."""
    problems = Problems()
    size = archive.stat().st_size
    with archive.open("rb") as raw, tarfile.open(fileobj=raw, mode="r:*", errors="strict") as opened:

        def members() -> Iterator[_Member]:
            while (info := opened.next()) is not None:
                opened.members = []  # type: ignore[attr-defined]  # it would remember them all
                if info.isfile():
                    member = _Member(info.name, info.size, lambda info=info: opened.extractfile(info) or _none())  # type: ignore[misc]
                    if _is_safe(member.path, problems):
                        yield member
                elif not info.isdir():
                    message = "is a link or a device; archives of datasets hold files"
                    problems.error("archive_link", message, info.name)
            problems.refuse()
            if opened.fileobj is not None and opened.fileobj.tell() == opened.offset:
                raise EOFError("it ends without the mark of its end")

        reached = None if progress is None else lambda _done, _total: progress(min(raw.tell(), size), size)
        _write(archive, members(), size, target, bounds, reached)


def _is_safe(path: str, problems: Problems) -> bool:
    """A relative path that leads nowhere else, on any system."""
    parts = PurePosixPath(path).parts
    unsafe = (
        not parts
        or path.startswith(("/", "\\"))
        or "\\" in path
        or ".." in parts
        or re.match(r"[A-Za-z]:", path)
        or re.search(r"[\x00-\x1f\x7f]", path)
    )
    if unsafe:
        problems.error("archive_path", "would be written outside its folder, or has no plain name", repr(path)[1:-1])
    return not unsafe


def _write(
    archive: Path,
    members: Iterator[_Member],
    total: int,
    target: Path,
    bounds: ArchiveLimits,
    progress: Progress | None,
) -> None:
    """Write the members, counting what is really unpacked: headers may say anything."""
    most = min(max(int(archive.stat().st_size * bounds.ratio), bounds.free), bounds.total)
    done = count = 0
    for member in members:
        count += 1
        if count > bounds.members:
            raise DatasetInvalid(f"{archive.name}: holds more than {bounds.members:,} files, which is the most")
        if LITTER.search(member.path):
            continue
        place = target / member.path
        place.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(target).free < min(member.size, most) + bounds.spare:
            raise DatasetInvalid(
                f"{archive.name}: there is no room to unpack it at {target.parent}; free some, or import the folder"
            )
        try:
            file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        except FileExistsError:
            raise DatasetInvalid(f"{archive.name}: {member.path} is in it twice") from None
        with open(file, "wb") as output, member.open() as source:
            while chunk := source.read(CHUNK):
                done += len(chunk)
                if done > most:
                    raise DatasetInvalid(
                        f"{archive.name}: unpacks to more than {most:,} bytes, {bounds.ratio:g} times its size; "
                        "if that is right, unpack it yourself and import the folder"
                    )
                output.write(chunk)
        if progress is not None:
            progress(done, total)


def _none() -> IO[bytes]:
    raise ValueError("a file without content")
