"""Runs asynchronous code of tests. Playwright keeps an event loop in the main thread; no other runs beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine returns or raises."""
    return in_a_thread(lambda: asyncio.run(coroutine))


def in_a_thread(call: Callable[[], Result]) -> Result:
    """What a function returns or raises that begins an event loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()
