-- How the system does, for admins.

-- name: programs
-- By the role that each connects with; programs that connect as the owner can't be told apart.
select
    coalesce(usename, 'unknown') as role,
    application_name as name,
    count(*) as connections
from pg_stat_activity
where datname = current_database() and application_name like 'barograph%%'
group by usename, application_name
order by usename, application_name;

-- name: database
select
    current_setting('server_version') as version,
    (select extversion from pg_extension where extname = 'timescaledb') as timescaledb,
    current_setting('timescaledb.license', true) as edition,
    pg_database_size(current_database()) as bytes,
    hypertable_size('reading') + hypertable_size('reading_block') as reading_bytes,
    oldest_transaction_s() as oldest_transaction_s;

-- name: ingest
select
    count(*) filter (where is_here) as connected,
    coalesce(sum(rate_hz) filter (where is_here), 0)::float8 as rate_hz,
    (
        select coalesce(sum(kind.waiting), 0)::int8
        from reject_block as block
        cross join lateral unnest(block.waiting) as kind (waiting)
        where block.received_at > now() - interval '1 hour'
    ) as rejected_1h
from (
    select
        rate_hz,
        liveness.is_connected
        and liveness.epoch = producer.epoch
        and liveness.seen_at > now() - interval '15 seconds' as is_here
    from producer_liveness as liveness
    join producer on producer.id = liveness.producer_id
) as seen;

-- name: waiting
select
    (select count(*) from dirty_window) as windows,
    (select count(*) from dirty_window where held_until is not null) as held,
    coalesce((select extract(epoch from clock_timestamp() - min(created_at))::float8 from dirty_window), 0) as oldest_s,
    (select count(*) from backfill where status in ('planned', 'running', 'undoing')) as backfills,
    (select count(*) from backfill where status = 'paused') as backfills_paused,
    (select count(*) from import where status = 'running') as imports;

-- name: archive
-- What lies in files, and of these those that are known to be damaged.
select
    (select count(*) from archive_file) as files,
    (select coalesce(sum(size_bytes), 0)::int8 from archive_file) as size_bytes,
    (select count(*) from archive_file where fault is not null) as faulty,
    coalesce(sum(readings), 0)::int8 as readings,
    min(first_time) as "from",
    max(last_time) as "to"
from archive_part
where gone_at is null;
