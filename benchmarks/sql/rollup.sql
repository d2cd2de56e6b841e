-- What roll-ups are measured against.

-- name: make_plain
create table plain_rollup (like rollup including defaults);

-- name: index_plain
create unique index on plain_rollup (sensor_id, tier_s, bucket);

-- name: group_by
-- The statistics of a roll-up over seconds, as one would write them.
insert into plain_rollup (
    sensor_id, tier_s, bucket,
    raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last,
    raw_min_time, raw_max_time, raw_first_time, raw_last_time,
    physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last,
    physical_min_time, physical_max_time, physical_first_time, physical_last_time,
    least_profile, greatest_profile
)
select
    sensor_id,
    1,
    time_bucket('1 second', time) as bucket,
    count(*), avg(raw), var_pop(raw) * count(*), min(raw), max(raw), first(raw, time), last(raw, time),
    first(time, raw), last(time, raw), min(time), max(time),
    count(physical), avg(physical), var_pop(physical) * count(physical), min(physical), max(physical),
    first(physical, time), last(physical, time),
    first(time, physical), last(time, physical), min(time), max(time),
    min(profile_id), max(profile_id)
from any_reading
group by sensor_id, bucket;

-- name: dirty
select count(*) as windows from dirty_window;

-- name: save_windows
create table saved_window as select * from dirty_window;

-- name: forget
truncate rollup, rollup_fine, fold_due, dirty_window;

-- name: restore_windows
insert into dirty_window overriding system value select * from saved_window;

-- name: backends
select application_name, pid from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid();

-- name: written
-- How often each row of roll-ups.
select (sum(n_tup_ins) + sum(n_tup_upd))::float8 / nullif(sum(n_tup_ins), 0)
from pg_stat_all_tables
join timescaledb_information.chunks on chunk_schema = schemaname and chunk_name = relname
where hypertable_name = 'rollup';
