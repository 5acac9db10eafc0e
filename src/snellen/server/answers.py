"""What OpenAPI says of answers that no model of a handler describes: errors, and files."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

BYTES = "application/octet-stream"
ANY_TYPE = "*/*"

_BINARY = {"type": "string", "format": "binary"}


class ErrorBody(BaseModel):
    """Every error: what kind it is, and what was got, what was expected and what to do."""

    error: str
    detail: str
    problems: list[dict[str, Any]] | None = None
    #: Of an error of the server: its log says more under this id.
    request_id: str | None = None


#: Of every operation. No answer of ours is a 500; a 503 may be asked again.
ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorBody, "description": "The request can't be answered so"},
    503: {"model": ErrorBody, "description": "The database or a store can't be reached; ask again"},
}


def file_answer(content_type: str = BYTES, *, ranged: bool = False) -> dict[int | str, dict[str, Any]]:
    """The answer that is a file; one that is `ranged` may come in part, or be at the store's own address."""
    content = {"content": {content_type: {"schema": _BINARY}}}
    found: dict[int | str, dict[str, Any]] = {200: {"description": "The bytes", **content}}
    if ranged:
        found[206] = {"description": "The range asked for", **content}
        found[307] = {"description": "The file is at the address in `Location`, for some minutes"}
        found[416] = {"description": "No byte of the file is in the range asked for"}
    return found
