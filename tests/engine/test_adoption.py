"""Facts that were written before events held them are adopted by the migration, and verified from then on."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256

import asyncpg
import pytest
from alembic import command

from models.database import Database
from models.migrate import configured, upgrade
from models.queries.audit import verified
from tests.databases import MigratedServer
from tests.engine.builders import plain

pytestmark = pytest.mark.asyncio(loop_scope="session")

_BODY = json.dumps({"stream": "C:R", "seq": 1, "at": "2026-03-31T12:00:00+00:00", "actor": "tina", "action": "submit",
                    "command_id": "one"})
_HASH = sha256(f"{'0' * 64}\n{_BODY}".encode()).hexdigest()
BEFORE = f"""
insert into cycle_report (slug, cycle, report, name, period, cycle_file_sha256, dictionary_sha256, report_sha256,
    started_by) select 'C:R', 'C', 'R', 'Report', date '2026-03-31', h, h, h, 'rhea' from repeat('0', 64) h;
insert into person (cycle, person, name, roles, lines_of_business, by)
    values (1, 'tina', 'Tina', '{{tester}}', '{{}}', 'rhea');
insert into phase (cycle, kind) values (1, 'scoping');
insert into version (phase, number, created_by) values (1, 1, 'tina');
insert into item (phase, natural_key) values (1, 'balance');
insert into item_revision (phase, item, version, versions, origin, content, by) values (1, 1, 1, '{{[1,)}}', 'tester',
    '{{"attribute":"balance","action":"test","recommended":"test","score":1,"reason":"x","critical":true,'
    '"failing_records":0,"past_issues":0}}', 'tina');
insert into command (id, sha256, actor, verb, result) values ('one', 'x', 'tina', 'submit', '{{}}'),
    ('stray', 'x', 'tina', 'submit', '{{}}');
insert into stream_head values ('C:R', 0, repeat('0', 64));
update stream_head set seq = 1, hash = '{_HASH}';
insert into audit_event (stream, seq, at, body, hash) values ('C:R', 1, '2026-03-31T12:00:00Z', '{_BODY}', '{_HASH}');
"""


async def test_what_stood_before_is_adopted(migrated_server: MigratedServer) -> None:
    """The migrated cycle verifies, and a later change of an old row is found."""
    async with migrated_server.database(template="template0") as urls:
        await asyncio.to_thread(command.upgrade, configured(urls.owner), "0004")
        connection = await asyncpg.connect(plain(urls.admin), server_settings={"search_path": "assay"})
        await connection.execute(BEFORE)
        await upgrade(urls.owner)
        database = Database(urls.reader)
        async with database.begin() as tx:
            before = await verified(tx, "C:R")
        await connection.execute("set session_replication_role = replica; update item set natural_key = 'rate'")
        async with database.begin() as tx:
            after = await verified(tx, "C:R")
        await database.close()
        await connection.close()
    assert (2, ()) == (before.events - 1, before.findings)
    assert "natural_key is \"rate\", event 2 of C:R left it \"balance\"" in [f.problem for f in after.findings]
