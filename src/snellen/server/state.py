"""What the application holds besides the database, and the dependencies through which handlers reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, cast

from fastapi import Depends, Request

from snellen.server.db import Database
from snellen.server.live import Bus
from snellen.server.measures import Measures
from snellen.server.settings import Settings

if TYPE_CHECKING:
    from snellen.storage import Store


@dataclass(slots=True)
class State:
    """One per application."""

    settings: Settings
    database: Database
    bus: Bus
    external: Store
    internal: Store
    #: What each type of event does on arrival; each feature adds its own in ``app.py``.
    event_handlers: Mapping[str, Any] = field(default_factory=dict)
    #: What a live stream says of an event whose row holds no data, by kind.
    stream_renderers: Mapping[str, Any] = field(default_factory=dict)
    #: What this process counts of itself.
    measures: Measures = field(default_factory=Measures)
    #: Where supervisors of this machine reach the server.
    url: str = ""
    #: Long-lived helpers by name (scheduler, trainer catalogue, frame cache).
    parts: dict[str, Any] = field(default_factory=dict)


async def get_state(request: Request) -> State:  # as a plain function it would be called in a thread
    """The application's state."""
    return cast(State, request.app.state.snellen)


# Handlers open their sessions themselves (`with state.database.write() as session`), so that a transaction
# begins and ends in one thread: as a dependency it could hold SQLite's lock while waiting for a free thread.
AppState = Annotated[State, Depends(get_state)]
