-- Measures of a project, and their values.

-- name: count
select count(*) as measures from measure where project_id = %(project_id)s;

-- name: create
insert into measure (
    project_id, name, sensor_id, stat, layer, over, when_sensor_id, when_above, when_below, created_by
)
values (
    %(project_id)s,
    %(name)s,
    %(sensor_id)s,
    %(stat)s,
    %(layer)s,
    %(over)s,
    %(when_sensor_id)s,
    %(when_above)s,
    %(when_below)s,
    %(created_by)s
)
returning id;

-- name: item
select * from measure_item where position = %(id)s;

-- name: list
select *
from measure_item
where in_project = %(project_id)s and position < %(before)s
order by position desc
limit %(fetch)s;

-- name: last_captured
-- The run whose capture of a sensor ended last, or that capture session alone, and when it was captured there.
select
    run.public_id as run_id,
    run.name as run_name,
    case when %(is_of_session)s then last.public_id end as capture_session_id,
    case when %(is_of_session)s then last.ordinal end as ordinal,
    array(
        select (extract(epoch from lower(stretch)) * 1000000)::int8
        from unnest(captured.stretches) as stretch
        order by stretch
    ) as from_us,
    array(
        select (extract(epoch from upper(stretch)) * 1000000)::int8
        from unnest(captured.stretches) as stretch
        order by stretch
    ) as to_us
from (
    select session.id, session.run_id, session.public_id, session.ordinal
    from capture_session as session
    join capture_session_sensor as taken
        on taken.capture_session_id = session.id and taken.sensor_id = %(sensor_id)s
    where session.project_id = %(project_id)s and session.started_at is not null and session.stopped_at is not null
    order by session.stopped_at desc, session.id desc
    limit 1
) as last
join run on run.id = last.run_id
cross join lateral (
    select range_agg(tstzrange(session.started_at, session.stopped_at)) as stretches
    from capture_session as session
    join capture_session_sensor as taken
        on taken.capture_session_id = session.id and taken.sensor_id = %(sensor_id)s
    where session.run_id = last.run_id
        and session.started_at is not null
        and session.stopped_at is not null
        and (not %(is_of_session)s or session.id = last.id)
) as captured;

-- name: lock
select id from measure where id = %(id)s for no key update;

-- name: update
-- Values are computed again by another definition, and keep what they are while it is the same.
update measure
set
    name = %(name)s,
    sensor_id = %(sensor_id)s,
    stat = %(stat)s,
    layer = %(layer)s,
    over = %(over)s,
    when_sensor_id = %(when_sensor_id)s,
    when_above = %(when_above)s,
    when_below = %(when_below)s,
    definition = definition + (
        (sensor_id, stat, layer, over, when_sensor_id, when_above, when_below) is distinct from (
            %(sensor_id)s::int,
            %(stat)s::text,
            %(layer)s::text,
            %(over)s::text,
            %(when_sensor_id)s::int,
            %(when_above)s::float8,
            %(when_below)s::float8
        )
    )::int,
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: delete
delete from measure where id = %(id)s;

-- name: values
select *
from measure_value_item
where in_run = %(run_id)s and (%(sees_raw)s or layer = 'physical')
order by name, ordinal nulls first;

-- name: pending
-- Whether something of the run, or of a measure of its project, is still to be looked at.
select
    exists (select from measure_due where run_id = run.id)
    or exists (
        select
        from measure
        join measure_due as due on due.measure_id = measure.id
        where measure.project_id = run.project_id
    ) as is_pending
from run
where id = %(run_id)s;

-- name: profiles
select profile.id, profile.public_id as profile_id, sensor.public_id as sensor_id, profile.number
from conversion_profile as profile
join sensor on sensor.id = profile.sensor_id
where profile.id = any(%(profile_ids)s::int[]);

-- name: named
select id, name, over, layer from measure where project_id = %(project_id)s and name = any(%(names)s::text[]);
