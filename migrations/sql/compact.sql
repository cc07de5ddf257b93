-- Less on disk, measured in docs/benchmarks.md. Closing a range is never a HOT update, since the range is in an index's
-- predicate: room left free on the pages serves nobody. The journal is read when somebody verifies, and shrinks to a third.
set constraints all immediate;                                        -- what an older database's adoption left to be checked
alter table item_revision reset (fillfactor);
alter table item_decision reset (fillfactor);
alter table audit_rows alter body set storage extended;
