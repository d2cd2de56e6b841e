-- Capture sessions.

-- name: create
-- Counting on the run's row numbers sessions one after the other, and no number twice.
with numbered as (
    update run set last_ordinal = last_ordinal + 1 where id = %(run_id)s
    returning id, project_id, last_ordinal
)
insert into capture_session (project_id, run_id, ordinal, notes, metadata, created_by)
select project_id, id, last_ordinal, %(notes)s, %(metadata)s, %(created_by)s
from numbered
returning id;

-- name: item
select * from capture_session_item where position = %(id)s;

-- name: list
select *
from capture_session_item
where in_run = %(run_id)s
    and position < %(before)s
    and (%(status)s::text is null or status = %(status)s)
order by position desc
limit %(fetch)s;

-- name: list_of_project
-- Those that have started, the last one first. Planned for its parameters each time.
select session.*, run.name as run_name
from (
    select id
    from capture_session
    where project_id = %(project_id)s
        and started_at is not null
        and (%(after_id)s::int is null or (started_at, id) < (%(after_time)s::timestamptz, %(after_id)s))
        and (%(to)s::timestamptz is null or started_at < %(to)s)
        and (%(from)s::timestamptz is null or coalesce(stopped_at, 'infinity') > %(from)s)
        and (%(status)s::text is null or status = %(status)s)
        and (
            %(sensor_ids)s::int[] is null
            or exists (
                select
                from capture_session_sensor as taken
                where taken.capture_session_id = capture_session.id
                    and taken.sensor_id = any(%(sensor_ids)s::int[])
            )
        )
    order by started_at desc, id desc
    limit %(fetch)s
) as found
join capture_session_item as session on session.position = found.id
join run on run.id = session.in_run
order by session.started_at desc, session.position desc;

-- name: lock
-- The run first, as everywhere.
with parent as materialized (
    select run.id
    from capture_session as session
    join run on run.id = session.run_id
    where session.id = %(id)s
    for no key update of run
)
select session.id
from capture_session as session
join parent on parent.id = session.run_id
where session.id = %(id)s
for no key update of session;

-- name: update
update capture_session
set
    notes = %(notes)s,
    metadata = %(metadata)s,
    started_at = %(started_at)s,
    stopped_at = %(stopped_at)s,
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: move
-- The rows are locked and were looked at; whatever is in another status by now stays there.
with old as (
    select id, status from capture_session where id = any(%(ids)s) and status = any(%(from)s)
), moved as (
    update capture_session
    set
        status = %(to)s,
        started_at = case when %(to)s = 'running' then clock_timestamp() else started_at end,
        stopped_at = case when old.status = 'running' then clock_timestamp() else stopped_at end,
        version = version + 1,
        updated_at = now()
    from old
    where capture_session.id = old.id and capture_session.status = old.status
    returning capture_session.id, old.status as from_status
)
insert into status_change (kind, subject_id, from_status, to_status, actor_id, actor, role, reason)
select 'capture_session', id, from_status, %(to)s, %(actor_id)s::uuid, %(actor)s, %(role)s, %(reason)s
from moved
returning subject_id;

-- name: delete
delete from capture_session where id = %(id)s;

-- name: sensors
select sensor.*
from capture_session_sensor as taken
join sensor_item as sensor on sensor.position = taken.sensor_id
where taken.capture_session_id = %(capture_session_id)s and taken.sensor_id < %(before)s
order by taken.sensor_id desc
limit %(fetch)s;

-- name: sensor_names
select sensor.id, sensor.public_id::text, sensor.key, sensor.input_unit, sensor.output_unit
from capture_session_sensor as taken
join sensor on sensor.id = taken.sensor_id
where taken.capture_session_id = %(id)s
order by sensor.id;
