"""Answers a download: whole, a range of it, or a redirect to where the store gives it out itself."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from snellen.server.artifacts.tables import Artifact
from snellen.storage import Store

#: Only these are shown in a page of ours; anything else is offered as a file (SVG and HTML can run code).
SHOWN = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif", "text/plain", "text/csv", "application/json"})
#: Long enough to begin a download; one that has begun goes on.
REDIRECT_SECONDS = 300
#: Below this a redirect costs more than it saves.
REDIRECT_BYTES = 1024**2
RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{1,18})?|-(\d{1,18}))")


def answer_download(request: Request, row: Artifact, store: Store, *, direct: bool) -> Response:
    """The answer to a request for an artifact's bytes.

    Large files that no page shows come from the store by a presigned URL if `direct` and the store makes them; the
    store was told their content type and disposition when they were stored. All else is streamed.
    """
    if direct and not is_shown(row.content_type) and row.size >= REDIRECT_BYTES:
        url = store.presign("GET", row.key, REDIRECT_SECONDS)
        if url is not None:
            return RedirectResponse(url, 307, headers={"cache-control": "no-store"})
    headers = {
        "content-disposition": disposition(row.key, row.content_type),
        "content-security-policy": "sandbox; default-src 'none'",
        "etag": f'"{row.sha256}"',
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",
    }
    wanted = _range_of(request, row)
    if wanted == "unsatisfiable":
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{row.size}"})
    if wanted is None:
        headers["content-length"] = str(row.size)
        return StreamingResponse(store.stream(row.key), media_type=row.content_type, headers=headers)
    start, stop = wanted
    headers |= {"content-length": str(stop - start), "content-range": f"bytes {start}-{stop - 1}/{row.size}"}
    return StreamingResponse(store.stream(row.key, start, stop), 206, media_type=row.content_type, headers=headers)


def is_shown(content_type: str) -> bool:
    """Whether a page of ours shows such a file."""
    return content_type.split(";")[0].strip().lower() in SHOWN


def disposition(key: str, content_type: str) -> str:
    """The ``Content-Disposition`` of a file: shown, or offered under its name."""
    how = "inline" if is_shown(content_type) else "attachment"
    return f"{how}; filename*=UTF-8''{quote(PurePosixPath(key).name)}"


def _range_of(request: Request, row: Artifact) -> tuple[int, int] | Literal["unsatisfiable"] | None:
    """Start and end (exclusive); None for the whole file, also for several ranges, which may be answered so."""
    found = RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    unchanged = request.headers.get("if-range", f'"{row.sha256}"') == f'"{row.sha256}"'
    if found is None or not unchanged:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        start, stop = max(0, row.size - int(suffix)), row.size
    else:
        start, stop = int(first), min(int(last or row.size) + 1, row.size)
        if last is not None and int(last) < int(first):
            return None
    return (start, stop) if start < stop else "unsatisfiable"
