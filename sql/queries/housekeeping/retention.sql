-- What projects no longer keep: `backfill/housekeeping/retention.py` says in which order.

-- name: overdue
-- Projects whose bounds move on to another day.
select id from overdue_bounds order by id;

-- name: raise
-- Never lowered. Nothing is told where another worker has come first.
with before as (
    select id, raw_from, rollup_from, raw_due, rollup_due from overdue_bounds where id = %(project_id)s
), raised as (
    update project
    set raw_from = raw_due, rollup_from = rollup_due, version = version + 1, updated_at = now()
    from before
    where project.id = before.id
        and (before.raw_from is distinct from raw_due or before.rollup_from is distinct from rollup_due)
    returning project.id, project.public_id, project.raw_from, project.rollup_from
), told as (
    insert into event (project_id, kind, payload)
    select id, 'project.retained', jsonb_build_object('raw_from', raw_from, 'rollup_from', rollup_from)
    from raised
)
insert into audit_entry (project_id, actor, action, subject_id, before, after)
select
    raised.id,
    'barograph',
    'project.retain',
    raised.public_id,
    jsonb_build_object('raw_from', before.raw_from, 'rollup_from', before.rollup_from),
    jsonb_build_object('raw_from', raised.raw_from, 'rollup_from', raised.rollup_from)
from raised join before using (id);

-- name: old_chunks
-- Oldest first.
select distinct held.name as hypertable_name, range_start, range_end
from timescaledb_information.chunks
-- A day's blocks go with its rows.
cross join lateral (
    select case hypertable_name when 'reading_block' then 'reading' else hypertable_name end as name
) as held
where hypertable_schema = current_schema()
    and (
        hypertable_name in ('reading', 'reading_block') and range_start < (select max(raw_from) from project)
        or hypertable_name in ('rollup', 'rollup_fine') and range_start < (select max(rollup_from) from project)
    )
order by range_start, hypertable_name;

-- name: lock_reading
-- Keeps commits out while a chunk goes: none may add to it what nobody has seen.
lock table only reading, only reading_block in share row exclusive mode;

-- name: lock_rollup
lock table only rollup in share row exclusive mode;

-- name: lock_rollup_fine
lock table only rollup_fine in share row exclusive mode;

-- name: reading_is_kept
-- Whether some project keeps readings of this chunk, or roll-ups are still to be made of them.
select exists (
    select
    from sensor
    join project on project.id = sensor.project_id
    where (project.raw_from is null or project.raw_from < %(to)s)
        and exists (
            select from readings_of(sensor.id, %(from)s, %(to)s) as reading
        )
) or exists (
    select from dirty_window where minute >= %(from)s and minute < %(to)s
) as is_kept;

-- name: rollup_is_kept
select exists (
    select
    from sensor
    join project on project.id = sensor.project_id
    cross join unnest('{1,60,3600,86400}'::int[]) as tier_s
    where (project.rollup_from is null or project.rollup_from < %(to)s)
        and exists (
            select
            from rollup
            where sensor_id = sensor.id
                and rollup.tier_s = tier_s.tier_s
                and bucket >= %(from)s
                and bucket < %(to)s
        )
) as is_kept;

-- name: rollup_fine_is_kept
select exists (
    select
    from sensor
    join project on project.id = sensor.project_id
    cross join unnest('{100000,10000}'::int[]) as tier_us
    where (project.rollup_from is null or project.rollup_from < %(to)s)
        and exists (
            select
            from rollup_fine
            where sensor_id = sensor.id
                and rollup_fine.tier_us = tier_us.tier_us
                and bucket >= %(from)s
                and bucket < %(to)s
        )
) as is_kept;

-- name: drop_chunk
select drop_old_chunk(%(table)s, %(from)s, %(to)s);

-- name: expired_reading
-- A sensor with readings in this chunk that its project no longer keeps and that have been rolled up: the
-- hour of the first of them.
select sensor.id as sensor_id, first.hour as from, least(first.hour + interval '1 hour', raw_from) as to
from sensor
join project on project.id = sensor.project_id and project.raw_from > %(from)s
cross join lateral (
    select date_bin('1 hour', time, timestamptz 'epoch') as hour
    from oldest_readings_of_span(sensor.id, %(from)s, project.raw_from, %(from)s, %(to)s, 1, false) as reading
    order by time
    limit 1
) as first
where not exists (
    select
    from dirty_window
    where minute >= first.hour
        and minute < first.hour + interval '1 hour'
        and sensor.id = any(sensor_ids)
)
limit 1;

-- name: expired_rollup
select sensor.id as sensor_id, first.bucket as from, least(%(to)s, rollup_from) as to
from sensor
join project on project.id = sensor.project_id and project.rollup_from > %(from)s
cross join lateral (
    select min(bucket) as bucket
    from rollup
    where sensor_id = sensor.id
        and tier_s in (1, 60, 3600, 86400)
        and bucket >= %(from)s
        and bucket < %(to)s
        and bucket < project.rollup_from
) as first
where first.bucket is not null
limit 1;

-- name: expired_rollup_fine
-- An hour of a sensor, as of readings: there are many.
select sensor.id as sensor_id, first.hour as from, least(first.hour + interval '1 hour', rollup_from) as to
from sensor
join project on project.id = sensor.project_id and project.rollup_from > %(from)s
cross join lateral (
    select date_bin('1 hour', min(bucket), timestamptz 'epoch') as hour
    from rollup_fine
    where sensor_id = sensor.id
        and tier_us in (100000, 10000)
        and bucket >= %(from)s
        and bucket < %(to)s
        and bucket < project.rollup_from
) as first
where first.hour is not null
limit 1;

-- name: delete_reading
-- Of an hour, unless it has become dirty since it was looked at: by a backfill, whose values roll-ups do not
-- hold yet. Check and deletion see one snapshot; what is rewritten after it are other rows. No block reaches beyond, as
-- none reaches into another second.
with of_blocks as (
    delete from reading_block
    where sensor_id = %(sensor_id)s
        and first_time >= %(from)s
        and first_time < %(to)s
        and not exists (
            select
            from dirty_window
            where minute >= date_bin('1 hour', %(from)s, timestamptz 'epoch')
                and minute < date_bin('1 hour', %(from)s, timestamptz 'epoch') + interval '1 hour'
                and reading_block.sensor_id = any(sensor_ids)
        )
)
delete from reading
where sensor_id = %(sensor_id)s
    and time >= %(from)s
    and time < %(to)s
    and not exists (
        select
        from dirty_window
        where minute >= date_bin('1 hour', %(from)s, timestamptz 'epoch')
            and minute < date_bin('1 hour', %(from)s, timestamptz 'epoch') + interval '1 hour'
            and reading.sensor_id = any(sensor_ids)
    );

-- name: delete_rollup
delete from rollup
where sensor_id = %(sensor_id)s
    and tier_s in (1, 60, 3600, 86400)
    and bucket >= %(from)s
    and bucket < %(to)s;

-- name: delete_rollup_fine
delete from rollup_fine
where sensor_id = %(sensor_id)s
    and tier_us in (100000, 10000)
    and bucket >= %(from)s
    and bucket < %(to)s;
