-- Readings as columns, which the Community edition of TimescaleDB has.

-- name: can_write
select
    current_setting('timescaledb.license') = 'timescale'
    and current_setting('timescaledb.enable_direct_compress_copy', true) is not null;

-- name: put_in_order
select move_into_columnstore(format('%I.%I', chunk_schema, chunk_name)::regclass)
from timescaledb_information.chunks
where hypertable_schema = current_schema and hypertable_name = 'reading';

-- name: size
select hypertable_size('reading');
