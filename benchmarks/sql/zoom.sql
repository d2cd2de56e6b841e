-- What the benchmark of zooming does beside asking.

-- name: mark_dirty
-- From then on readings alone answer.
insert into dirty_window (minute, sensor_ids)
select minute, (select array_agg(id) from sensor where public_id = any(%(sensors)s::uuid[]))
from generate_series(
    date_trunc('minute', %(from)s::timestamptz), %(to)s::timestamptz, interval '1 minute'
) as minute;

-- name: mark_clean
delete from dirty_window;

-- name: sizes
-- By day, which is one chunk of each.
select
    range_start::date as day,
    pg_size_pretty(sum(size) filter (where name <> 'rollup_fine')) as readings,
    pg_size_pretty(sum(size) filter (where name = 'rollup_fine')) as fine,
    round(sum(size) filter (where name = 'rollup_fine') / sum(size) filter (where name <> 'rollup_fine'), 4) as share
from (
    select
        hypertable_name as name,
        range_start,
        pg_total_relation_size(format('%I.%I', chunk_schema, chunk_name)::regclass) as size
    from timescaledb_information.chunks
    where hypertable_name in ('reading', 'reading_block', 'rollup_fine')
) as chunk
group by range_start
order by range_start;
