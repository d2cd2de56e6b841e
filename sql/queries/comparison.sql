-- Comparisons: what the members are, and where their T0 lies. What they measured is read as for series.

-- name: runs
select
    run.id,
    run.public_id as run_id,
    null::uuid as capture_session_id,
    run.name,
    null::int as ordinal,
    run.params,
    run.id as in_run,
    run.project_id as in_project,
    project.public_id as project_id
from run
join project on project.id = run.project_id
where run.id = any(%(ids)s);

-- name: capture_sessions
select
    capture_session.id,
    run.public_id as run_id,
    capture_session.public_id as capture_session_id,
    run.name,
    capture_session.ordinal,
    run.params,
    run.id as in_run,
    run.project_id as in_project,
    project.public_id as project_id
from capture_session
join run on run.id = capture_session.run_id
join project on project.id = run.project_id
where capture_session.id = any(%(ids)s);

-- name: intervals
-- The capture sessions of runs that have started, earliest first, with those of the sensors that they took.
select
    capture_session.id,
    capture_session.run_id as in_run,
    capture_session.ordinal,
    capture_session.started_at,
    capture_session.stopped_at,
    array(
        select taken.sensor_id
        from capture_session_sensor as taken
        where taken.capture_session_id = capture_session.id and taken.sensor_id = any(%(sensor_ids)s)
    ) as sensor_ids
from capture_session
where capture_session.run_id = any(%(run_ids)s) and capture_session.started_at is not null
order by capture_session.started_at, capture_session.id;

-- name: sensors
select
    sensor.id,
    sensor.public_id,
    sensor.project_id as in_project,
    sensor.key,
    sensor.input_unit,
    sensor.output_unit,
    project.raw_from
from sensor
join project on project.id = sensor.project_id
where sensor.project_id = any(%(project_ids)s) and sensor.key = any(%(keys)s);

-- name: annotated
-- When the first annotation with a tag begins that is of a member: it names its run, or nobody's and lies in its time.
select min(from_time) as from_time
from annotation
where project_id = %(project_id)s
    and tags @> array[%(tag)s]
    and (
        (%(is_run)s and run_id = %(run_id)s)
        or (
            coalesce(run_id = %(run_id)s, true)
            and from_time >= %(from)s
            and from_time < %(to)s
        )
    );

-- name: save
insert into saved_comparison (project_id, name, question, created_by)
values (%(project_id)s, %(name)s, %(question)s, %(created_by)s)
returning id;

-- name: item
select * from saved_comparison_item where position = %(id)s;

-- name: lock
select id from saved_comparison where id = %(id)s for no key update;

-- name: update
update saved_comparison
set name = %(name)s, question = %(question)s, version = version + 1, updated_at = now()
where id = %(id)s;

-- name: delete
delete from saved_comparison where id = %(id)s;

-- name: list
select *
from saved_comparison_item
where in_project = %(project_id)s and position < %(before)s
order by position desc
limit %(fetch)s;
