-- Columns in place of rows for readings that hardly change any more; the Community edition of TimescaleDB only.

-- name: is_available
select coalesce(current_setting('timescaledb.license', true), '') = 'timescale' as is_available;

-- name: is_enabled
select compression_enabled
from timescaledb_information.hypertables
where hypertable_schema = current_schema() and hypertable_name = 'reading';

-- name: enable
alter table reading set (
    timescaledb.compress, timescaledb.compress_segmentby = 'sensor_id', timescaledb.compress_orderby = 'time'
);

-- name: next_chunk
select format('%%I.%%I', chunk_schema, chunk_name) as chunk
from timescaledb_information.chunks
where hypertable_schema = current_schema()
    and hypertable_name = 'reading'
    and not is_compressed
    and range_end < now() - %(settled_days)s * interval '1 day'
order by range_start
limit 1;

-- name: compress
select compress_chunk(%(chunk)s::text::regclass);
