-- Exports: what they read, in one transaction of one snapshot, and the jobs of long ones. Class 54 of the two-key
-- advisory locks keeps each job to one worker.

-- name: read_in_order
-- The index gives readings in order; a sort of a chunk for each page would take as long as the page.
select set_config('enable_sort', 'off', true);

-- name: chunks
-- The ranges of those that hold readings of a period, in rows or in blocks.
select
    coalesce(array_agg(range_start order by range_start), '{}') as range_start,
    coalesce(array_agg(range_end order by range_start), '{}') as range_end
from (
    select distinct range_start, range_end
    from timescaledb_information.chunks
    where hypertable_schema = current_schema
        and hypertable_name in ('reading', 'reading_block')
        and range_end > %(from)s
        and range_start < %(to)s
) as chunk;

-- name: pages
-- Of each sensor from its time on, as arrays, which leave the database ten times as fast as rows. Versions are spelled out
-- only where there are several, flags where there are any. So many at least, in no order: a sort here takes a third of the
-- time, and there is nearly nothing left to sort for whoever has the arrays.
select page.*
from unnest(%(sensor_ids)s::int4[], %(froms)s::timestamptz[]) with ordinality as asked (sensor_id, starts_at, place)
cross join lateral (
    select
        array_agg(time) as t_us,
        array_agg(raw) as raw,
        array_agg(coalesce(physical, 'NaN')) as physical,
        coalesce(min(profile_id), -1) as least_profile,
        case
            when max(profile_id) > min(profile_id) or count(profile_id) < count(*)
                then array_agg(coalesce(profile_id, -1))
        end as profile_id,
        case when bool_or(flags <> 0) then array_agg(coalesce(flags, 0::int2)) end as flags
    from (
        select time, raw, physical, profile_id, flags
        from oldest_readings_of_span(
            asked.sensor_id, asked.starts_at, %(to)s, %(from)s, %(to)s, %(rows)s, false
        ) as reading
    ) as page
) as page
order by asked.place;

-- name: sensors
-- In the order asked for, with their versions and which of them holds when.
select
    sensor.public_id::text as public_id,
    sensor.key,
    sensor.input_unit,
    sensor.output_unit,
    coalesce(version.ids, '{}') as profile_ids,
    coalesce(version.profiles, '[]') as profiles,
    coalesce(held.timeline, '[]') as timeline
from unnest(%(sensor_ids)s::int4[]) with ordinality as asked (sensor_id, place)
join sensor on sensor.id = asked.sensor_id
left join lateral (
    select
        array_agg(profile.id order by profile.number) as ids,
        jsonb_agg(
            jsonb_build_object(
                'number', profile.number,
                'id', profile.public_id,
                'kind', profile.kind,
                'content_hash', profile.content_hash,
                'note', profile.note
            ) || case when %(sees_raw)s then jsonb_build_object('payload', profile.payload) else '{}' end
            order by profile.number
        ) as profiles
    from conversion_profile as profile
    where profile.sensor_id = sensor.id
) as version on true
left join lateral (
    select jsonb_agg(
        jsonb_build_array(
            profile.number,
            nullif(lower(validity.during), '-infinity'),
            nullif(upper(validity.during), 'infinity')
        )
        order by validity.during
    ) as timeline
    from profile_validity as validity
    join conversion_profile as profile on profile.id = validity.profile_id
    where validity.sensor_id = sensor.id
) as held on true
order by asked.place;

-- name: run
-- A run and what belongs to it, as documents.
select
    (
        select to_jsonb(item) - array['position', 'in_project', 'in_experiment', 'sensor_ids']
        from run_item as item
        where position = %(run_id)s
    ) as run,
    (
        select coalesce(jsonb_agg(to_jsonb(item) - array['position', 'in_run'] order by item.position), '[]')
        from capture_session_item as item
        where in_run = %(run_id)s
    ) as sessions,
    (
        select coalesce(
            jsonb_agg(to_jsonb(item) - array['position', 'in_project', 'in_run', 'sensor_ids'] order by item.position),
            '[]'
        )
        from annotation_item as item
        where in_run = %(run_id)s
    ) as annotations,
    (
        select coalesce(
            jsonb_agg(to_jsonb(item) - array['position', 'in_project', 'in_run'] order by item.position), '[]'
        )
        from artifact_item as item
        where in_run = %(run_id)s and (%(sees_restricted)s or not restricted)
    ) as artifacts,
    (
        select coalesce(
            jsonb_agg(
                to_jsonb(item) - array['position', 'in_run', 'in_measure', 'in_session'] || made_by.said
                order by item.name, item.ordinal nulls first
            ),
            '[]'
        )
        from measure_value_item as item
        cross join lateral (
            select jsonb_build_object('profile_ids', coalesce(jsonb_agg(public_id order by id), '[]')) as said
            from conversion_profile
            where id = any(item.profile_ids)
        ) as made_by
        where in_run = %(run_id)s and (%(sees_raw)s or layer = 'physical')
    ) as measures;

-- name: metric_names
select id, name from run_metric where run_id = %(run_id)s order by name;

-- name: metric_page
-- From a step on, as arrays.
select
    coalesce(array_agg(step), '{}') as step,
    coalesce(array_agg(time), '{}') as t_us,
    coalesce(array_agg(value), '{}') as value
from (
    select step, time, value
    from metric_point
    where metric_id = %(metric_id)s and step >= %(first_step)s
    order by step
    limit %(points)s
) as page;

-- name: estimate
-- How many readings roll-ups tell of: hours that have been folded, and the minutes of the last ones.
select coalesce(sum(counted.readings), 0)::int8 as readings
from unnest(%(sensor_ids)s::int4[], %(froms)s::timestamptz[], %(tos)s::timestamptz[]) as part (sensor_id, starts_at, ends_at)
cross join lateral (
    select sum(raw_count) as readings
    from rollup
    where sensor_id = part.sensor_id
        and tier_s = 3600
        and bucket >= date_trunc('hour', part.starts_at)
        and bucket < least(part.ends_at, date_trunc('hour', now()) - interval '2 hours')
    union all
    select sum(raw_count)
    from rollup
    where sensor_id = part.sensor_id
        and tier_s = 60
        and bucket >= greatest(part.starts_at, date_trunc('hour', now()) - interval '2 hours')
        and bucket < part.ends_at
) as counted;

-- name: create
insert into export (project_id, question, scope, shows_raw, rows_total, created_by)
values (%(project_id)s, %(question)s, %(scope)s, %(shows_raw)s, %(rows_total)s, %(created_by)s)
returning public_id;

-- name: count_open
select count(*) as exports from export where project_id = %(project_id)s and status in ('waiting', 'running');

-- name: item
select * from export_item where id = %(public_id)s;

-- name: list
select *
from export_item
where in_project = %(project_id)s and position < %(before)s
order by position desc
limit %(fetch)s;

-- name: lock
select status, created_by from export where id = %(id)s for update;

-- name: cancel
update export
set status = 'cancelled', ended_at = now(), version = version + 1, updated_at = now()
where id = %(id)s;

-- name: waiting
-- Those that nobody works on, of the project first whose last one was begun longest ago. A lock of somebody who died is
-- gone with their connection.
select export.id
from export
where export.status in ('waiting', 'running') and not exists (
    select
    from pg_locks
    where locktype = 'advisory' and classid = 54 and objid = export.id::oid and objsubid = 2
        and database = (select oid from pg_database where datname = current_database())
)
order by
    (select max(started_at) from export as others where others.project_id = export.project_id) nulls first,
    export.id;

-- name: try_lock
select pg_try_advisory_lock(54, %(id)s) as is_ours;

-- name: unlock
select pg_advisory_unlock(54, %(id)s);

-- name: take
update export
set status = 'running', attempts = attempts + 1, started_at = coalesce(started_at, now()), rows_done = 0, size_bytes = 0,
    version = version + 1, updated_at = now()
where id = %(id)s and status in ('waiting', 'running')
returning id, public_id, scope, attempts;

-- name: advance
-- No row once it was cancelled.
update export
set rows_done = %(rows_done)s, size_bytes = %(size_bytes)s, version = version + 1, updated_at = now()
where id = %(id)s and status = 'running'
returning id;

-- name: give_back_attempt
update export set attempts = greatest(attempts - 1, 0) where id = %(id)s;

-- name: finish
with finished as (
    update export
    set status = 'finished', rows_total = %(rows_done)s, rows_done = %(rows_done)s, size_bytes = %(size_bytes)s,
        sha256 = %(sha256)s, ended_at = now(), version = version + 1, updated_at = now()
    where id = %(id)s and status = 'running'
    returning project_id, public_id, rows_done, size_bytes, status
)
insert into event (project_id, kind, payload)
select
    project_id,
    'export.finished',
    jsonb_build_object('export', public_id, 'status', status, 'rows', rows_done, 'size_bytes', size_bytes)
from finished
returning id;

-- name: fail
with failed as (
    update export
    set status = 'failed', failure = %(failure)s, ended_at = now(), version = version + 1, updated_at = now()
    where id = %(id)s and status = 'running'
    returning project_id, public_id, status, failure
)
insert into event (project_id, kind, payload)
select
    project_id,
    'export.finished',
    jsonb_build_object('export', public_id, 'status', status, 'failure', failure)
from failed;

-- name: keeping_files
select id::text as id, sha256 from export_item where status in ('waiting', 'running', 'finished');
