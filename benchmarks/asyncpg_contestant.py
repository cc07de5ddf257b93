"""What contestants on asyncpg share: an event loop, the measuring superuser, and the bare driver to replay on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, ClassVar, TypeVar

import asyncpg

from benchmarks.contestant import Addresses, Contestant

T = TypeVar("T")


class AsyncpgContestant(Contestant):
    """A contestant with connections of asyncpg; `search_path` names its schema."""

    search_path: ClassVar[str] = "public"

    def __init__(self, addresses: Addresses) -> None:
        super().__init__(addresses)
        self._runner = asyncio.Runner()
        self._admin = self.wait(asyncpg.connect(addresses.admin))
        self.bare = self.wait(
            asyncpg.connect(addresses.own, server_settings={"search_path": self.search_path, "timezone": "UTC"})
        )

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end on the contestant's own event loop.

        Not by `Runner.run`: as it sets and resets the signal handler, `signal` writes the answer out in full, for the
        message of an error that it then passes over.
        """
        return self._runner.get_loop().run_until_complete(work)

    def replay(self, statements: Sequence[tuple[str, Any]]) -> None:
        self.wait(self._replay(statements))

    async def _replay(self, statements: Sequence[tuple[str, Any]]) -> None:
        async with self.bare.transaction():
            for statement, parameters in statements:
                await self.bare.fetch(statement, *(parameters or ()))

    def ask(self, sql: str) -> Any:
        return self.wait(self._admin.fetchval(sql))

    def close(self) -> None:
        self.wait(self._admin.close())
        self.wait(self.bare.close())
        self._runner.close()
