"""What contestants on psycopg share: every statement of the process is recorded, whatever library hands it over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import Connection, Cursor

from benchmarks.contestant import Addresses, Contestant


class PsycopgContestant(Contestant):
    """A contestant with connections of psycopg 3."""

    def __init__(self, addresses: Addresses) -> None:
        super().__init__(addresses)
        self._admin = psycopg.connect(addresses.admin, autocommit=True)
        self.bare = psycopg.connect(addresses.own)
        for name in ("execute", "executemany", "copy"):
            setattr(Cursor, name, self._recorded(getattr(Cursor, name)))

    def _recorded(self, original: Callable[..., Any]) -> Callable[..., Any]:
        statements = self.recorder.statements

        def recorded(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
            statements.append((query, params))
            return original(cursor, query, params, **options)

        return recorded

    def replay(self, statements: Sequence[tuple[str, Any]]) -> None:
        with self.bare.transaction(), self.bare.cursor() as cursor:
            for query, params in statements:
                cursor.execute(query, params)
                if cursor.description:
                    cursor.fetchall()

    def ask(self, sql: str) -> Any:
        cursor = self._admin.execute(sql)
        return (cursor.fetchone() or (None,))[0] if cursor.description else None

    def connection(self) -> Connection[Any]:
        """The contestant's own connection, for peers that are SQL in the database."""
        return self.bare

    def close(self) -> None:
        self._admin.close()
        self.bare.close()
