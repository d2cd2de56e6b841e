-- The columnstore, where readings that are rows take a fifth of the room. Only the Community edition of TimescaleDB has one.
-- Class 9 of the two-key advisory locks keeps the work to one worker.

-- name: look
select
    coalesce(current_setting('timescaledb.license', true) = 'timescale', false) as is_there,
    coalesce(
        (
            select compression_enabled
            from timescaledb_information.hypertables
            where hypertable_schema = current_schema and hypertable_name = 'reading'
        ),
        false
    ) as is_enabled;

-- name: enable
select enable_columnstore();

-- name: lock
select pg_try_advisory_lock(9, 0) as is_ours;

-- name: next_chunk
-- The oldest that has been closed for so long and is not in order: it holds rows, be it all of them or some that
-- came late, or columns as former releases' ingest wrote them. One that somebody may be about to rewrite is left, for that turns
-- columns into rows.
select chunk::oid as chunk, range_start
from (
    select *, format('%%I.%%I', chunk_schema, chunk_name)::regclass as chunk
    from timescaledb_information.chunks
    where hypertable_schema = current_schema and hypertable_name = 'reading'
) as part
where range_end < now() - %(after_days)s * interval '1 day'
    -- Bit 1 says that columns are as they came, bit 3 that rows lie beside them.
    and (not is_compressed or _timescaledb_functions.chunk_status(chunk) & (2 | 8) <> 0)
    and not range_start = any(%(done)s)
    and not exists (
        select from backfill_scope
        where is_open and during && tstzrange(range_start, range_end)
    )
    and not exists (
        select from dirty_window where minute >= range_start and minute < range_end
    )
order by range_start
limit 1;

-- name: convert
select move_into_columnstore(%(chunk)s);
