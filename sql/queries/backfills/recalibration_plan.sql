-- Cutting a backfill into windows.

-- name: lock_planned
select planned_until
from backfill
where id = %(id)s and planned_at is null and status in ('planned', 'running', 'undoing')
for no key update skip locked;

-- name: chunks
-- The next of those that it is about. Few at a time: whoever looks at one holds it.
select distinct range_start, range_end
from timescaledb_information.chunks
where hypertable_schema = current_schema
    and hypertable_name in ('reading', 'reading_block')
    and (%(after)s::timestamptz is null or range_start >= %(after)s)
    and exists (
        select from backfill_scope
        where backfill_id = %(id)s and during && tstzrange(range_start, range_end)
    )
order by range_start
limit %(chunks)s;

-- name: first_reading
-- Of its sensors in a stretch of time; NULL if there is none.
select min(first.time) as time
from backfill_scope as scope
cross join lateral (
    select time
    from oldest_readings_of_span(
        scope.sensor_id,
        coalesce(lower(scope.during), '-infinity'),
        coalesce(upper(scope.during), 'infinity'),
        %(from)s,
        %(to)s,
        1,
        false
    ) as reading
    order by time
    limit 1
) as first
where scope.backfill_id = %(id)s and scope.during && tstzrange(%(from)s, %(to)s);

-- name: first_archived
-- The first chunk in which readings of its sensors lie in the archive, and which sensors these are.
select file.range_start, file.range_end, array_agg(distinct part.sensor_id) as sensor_ids
from backfill_scope as scope
join archive_part as part
    on part.sensor_id = scope.sensor_id
    and part.gone_at is null
    and part.first_time < coalesce(upper(scope.during), 'infinity')
    and part.last_time >= coalesce(lower(scope.during), '-infinity')
    and part.first_time < %(to)s
    and part.last_time >= %(from)s
join archive_file as file on file.id = part.file_id
where scope.backfill_id = %(id)s
group by file.range_start, file.range_end
order by file.range_start
limit 1;

-- name: scope
-- What it has in a chunk: sensors with the same stretch of time together. An undo plans once more, and so does
-- a backfill whose timeline has changed, for what has arrived where no window is.
select lower(stretch) as starts_at, upper(stretch) as ends_at, array_agg(sensor_id order by sensor_id) as sensor_ids
from (
    select sensor_id, during * tstzrange(%(from)s, %(to)s) as stretch
    from backfill_scope
    where backfill_id = %(id)s and during && tstzrange(%(from)s, %(to)s)
) as shared
where not exists (
    select from backfill_window as planned
    where planned.backfill_id = %(id)s
        and shared.sensor_id = any(planned.sensor_ids)
        and shared.stretch && planned.during
)
group by stretch
order by stretch;

-- name: count_minutes
-- Readings by minutes: those to rewrite, and with those that converting them reads. Roll-ups know; counted
-- are minutes that wait to be rolled up, and those that lie here only in part.
with uncertain as materialized (
    -- Of whichever sensors: thousands of these, compared with thousands, would take longer than the readings.
    select minute
    from dirty_window
    where minute > %(from)s::timestamptz - interval '1 minute' and minute < %(to)s
    union
    select time_bucket('1 minute', edge)
    from unnest(array[%(from)s::timestamptz, %(to)s::timestamptz]) as edge
    where edge <> time_bucket('1 minute', edge)
), stretch as materialized (
    select
        greatest(min(minute), %(from)s) as starts_at,
        least(max(minute) + interval '1 minute', %(to)s) as ends_at
    from (
        select minute, minute - row_number() over (order by minute) * interval '1 minute' as run
        from uncertain
    ) as numbered
    group by run
), counted as (
    select
        bucket,
        coalesce(sum(raw_count) filter (where sensor_id = any(%(sensor_ids)s::int4[])), 0)::int8 as own,
        sum(raw_count)::int8 as weight
    from rollup
    where sensor_id = any(%(sensor_ids)s::int4[] || %(auxiliary_ids)s::int4[])
        and tier_s = 60
        and bucket >= %(from)s
        and bucket < %(to)s
        and bucket not in (select minute from uncertain)
    group by bucket
    union all
    select found.bucket, found.own, found.weight
    from stretch
    cross join lateral (
        select
            time_bucket('1 minute', time) as bucket,
            count(*) filter (where asked.sensor_id = any(%(sensor_ids)s::int4[])) as own,
            count(*) as weight
        from unnest(%(sensor_ids)s::int4[] || %(auxiliary_ids)s::int4[]) as asked (sensor_id)
        cross join lateral readings_of_span(
            asked.sensor_id, stretch.starts_at, stretch.ends_at, %(from)s, %(to)s
        ) as reading
        group by bucket
        offset 0
    ) as found
)
select
    array_agg((extract(epoch from bucket) * 1000000)::int8 order by bucket) as bucket_us,
    array_agg(own order by bucket) as own,
    array_agg(weight order by bucket) as weight
from counted;

-- name: count_seconds
-- The same by seconds, of a stretch whose readings all lie in one minute. Roll-ups know those of sensors
-- whose seconds they keep.
with known as materialized (
    select sensor_id
    from rollup
    where sensor_id = any(%(sensor_ids)s::int4[] || %(auxiliary_ids)s::int4[])
        and tier_s = 60
        and bucket = %(minute)s
        and has_seconds
        and %(minute)s >= %(from)s
        and %(minute)s <= %(to)s::timestamptz - interval '1 minute'
        and not exists (select from dirty_window where minute = %(minute)s)
), counted as (
    select bucket, sensor_id, raw_count as readings
    from rollup
    where sensor_id = any(array(select sensor_id from known))
        and tier_s = 1
        and bucket >= %(minute)s
        and bucket < %(minute)s::timestamptz + interval '1 minute'
    union all
    select found.bucket, asked.sensor_id, found.readings
    from unnest(%(sensor_ids)s::int4[] || %(auxiliary_ids)s::int4[]) as asked (sensor_id)
    cross join lateral (
        select time_bucket('1 second', time) as bucket, count(*) as readings
        from readings_of(asked.sensor_id, %(from)s, %(to)s) as reading
        group by bucket
        offset 0
    ) as found
    where asked.sensor_id <> all(array(select sensor_id from known))
)
select
    array_agg((extract(epoch from bucket) * 1000000)::int8 order by bucket) as bucket_us,
    array_agg(own order by bucket) as own,
    array_agg(weight order by bucket) as weight
from (
    select
        bucket,
        coalesce(sum(readings) filter (where sensor_id = any(%(sensor_ids)s::int4[])), 0)::int8 as own,
        sum(readings)::int8 as weight
    from counted
    group by bucket
) as by_second;

-- name: count_by_sensor
select array_agg(sensor_id order by sensor_id) as sensor_id, array_agg(readings order by sensor_id) as readings
from (
    select sensor_id, count(*) as readings
    from readings_of_several(%(sensor_ids)s::int4[], %(from)s, %(to)s) as reading
    group by sensor_id
) as counted;

-- name: add_window
-- Done, if it is an undo's.
insert into backfill_window (backfill_id, level, sensor_ids, during, readings, done_at)
select
    id,
    %(level)s,
    %(sensor_ids)s::int4[],
    tstzrange(%(from)s, %(to)s),
    %(readings)s,
    case when undo_at is not null then clock_timestamp() end
from backfill
where id = %(id)s;

-- name: set_planned_until
update backfill set planned_until = %(until)s, attempts = 0 where id = %(id)s;

-- name: begin_work
update backfill
set
    status = case status when 'planned' then 'running' else status end,
    planned_at = now(),
    started_at = coalesce(started_at, now()),
    version = version + 1,
    updated_at = now()
where id = %(id)s and planned_at is null and status in ('planned', 'running', 'undoing');
