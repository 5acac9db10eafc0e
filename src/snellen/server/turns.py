"""Callbacks take turns: however many supervisors report at once, people's requests don't wait behind them."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio
import anyio.to_thread

#: So many callbacks run at once; the server has 40 threads. More would only wait for one another.
AT_ONCE = 8
PART = "callback turns"
T = TypeVar("T")


def new_turns() -> anyio.CapacityLimiter:
    """For the running event loop."""
    return anyio.CapacityLimiter(AT_ONCE)


async def run_in_turn(state: Any, call: Callable[..., T], *given: Any) -> T:
    """Run it in a thread when its turn has come."""
    return await anyio.to_thread.run_sync(call, *given, limiter=state.parts[PART])


def in_turn(handler: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """A handler, with a parameter ``state``, that runs in a thread when its turn has come; its body has come."""

    @functools.wraps(handler)
    async def later(**given: Any) -> Any:
        return await run_in_turn(given["state"], functools.partial(handler, **given))

    return later
