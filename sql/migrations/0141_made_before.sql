-- Readings in a range that a named version was given, which it had made before: of all that it has made there,
-- an undo converts those again that arrived while the backfill's own timeline held. Not told by transaction
-- ids (`backfill.created_xid`, `stored_since`, which the releases before this one read): these mean nothing
-- in a database that was restored.
create table backfill_made_before (
    backfill_id int not null references backfill on delete cascade,
    time timestamptz not null,
    raw float8 not null
);
create index backfill_made_before_backfill_id_idx on backfill_made_before (backfill_id, time);
