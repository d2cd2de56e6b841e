-- Readings for people, and what is computed of them.

create or replace view barograph_public.readings with (security_barrier) as
select
    reading.time,
    sensor.public_id as sensor_id,
    sensor.key as sensor_key,
    project.public_id as project_id,
    case when project.shows_raw then reading.raw end as raw,
    reading.physical,
    sensor.output_unit as unit,
    profile.public_id as profile_id,
    profile.number as profile_version,
    coalesce(reading.flags, 0::int2) as flags
from visible_project as project
join sensor on sensor.project_id = project.id
join reading on reading.sensor_id = sensor.id
left join conversion_profile as profile on profile.id = reading.profile_id;
comment on view barograph_public.readings is 'Readings, a row each. Name a sensor and a time. Those that archived_readings tells of lie in files, and are not here.';
comment on column barograph_public.readings.time is 'Time of the reading, of microseconds';
comment on column barograph_public.readings.sensor_id is 'Id of the sensor';
comment on column barograph_public.readings.sensor_key is 'Key of the sensor, unique in its project';
comment on column barograph_public.readings.project_id is 'Id of the project';
comment on column barograph_public.readings.raw is 'As it was sent, in the raw unit of the sensor; null where the project hides it from this log-in';
comment on column barograph_public.readings.physical is 'Converted, in unit; null without a profile';
comment on column barograph_public.readings.unit is 'Unit of physical values';
comment on column barograph_public.readings.profile_id is 'Id of the conversion profile that made the physical value';
comment on column barograph_public.readings.profile_version is 'Number of that version of the profile';
comment on column barograph_public.readings.flags is 'Bits that say what is to be known of the value; 0: nothing';
grant select on barograph_public.readings to public;

create or replace view barograph_public.archived_readings with (security_barrier) as
select
    part.first_time,
    part.last_time,
    part.readings,
    sensor.public_id as sensor_id,
    sensor.key as sensor_key,
    project.public_id as project_id
from visible_project as project
join sensor on sensor.project_id = project.id
join archive_part as part on part.sensor_id = sensor.id and part.gone_at is null;
comment on view barograph_public.archived_readings is 'Which readings lie in files instead of the database: readings and session_readings don''t hold these, roll-ups do.';
comment on column barograph_public.archived_readings.first_time is 'Time of the first of them';
comment on column barograph_public.archived_readings.last_time is 'Time of the last of them';
comment on column barograph_public.archived_readings.readings is 'How many there are';
comment on column barograph_public.archived_readings.sensor_id is 'Id of the sensor';
comment on column barograph_public.archived_readings.sensor_key is 'Key of the sensor, unique in its project';
comment on column barograph_public.archived_readings.project_id is 'Id of the project';
grant select on barograph_public.archived_readings to public;

create or replace view barograph_public.latest_readings with (security_barrier) as
select
    latest.time,
    sensor.public_id as sensor_id,
    sensor.key as sensor_key,
    project.public_id as project_id,
    case when project.shows_raw then latest.raw end as raw,
    latest.physical,
    sensor.output_unit as unit,
    coalesce(latest.flags, 0::int2) as flags
from visible_project as project
join sensor on sensor.project_id = project.id
join sensor_liveness as liveness on liveness.sensor_id = sensor.id
cross join lateral (
    select *
    from (
        select time, raw, physical, flags
        from reading
        where reading.sensor_id = sensor.id
            and time >= coalesce(liveness.latest_at - interval '1 minute', liveness.last_seen_at - interval '1 day')
            and time <= coalesce(liveness.latest_at, liveness.last_seen_at + interval '10 minutes')
        order by time desc
        fetch first 1 row with ties
    ) as newest
    order by raw desc, physical desc nulls last
    limit 1
) as latest;
comment on view barograph_public.latest_readings is 'The latest reading of each sensor that has sent any live.';
comment on column barograph_public.latest_readings.time is 'Time of the reading, of microseconds';
comment on column barograph_public.latest_readings.sensor_id is 'Id of the sensor';
comment on column barograph_public.latest_readings.sensor_key is 'Key of the sensor, unique in its project';
comment on column barograph_public.latest_readings.project_id is 'Id of the project';
comment on column barograph_public.latest_readings.raw is 'As it was sent; null where the project hides it from this log-in';
comment on column barograph_public.latest_readings.physical is 'Converted, in unit; null without a profile';
comment on column barograph_public.latest_readings.unit is 'Unit of the physical value';
comment on column barograph_public.latest_readings.flags is 'Bits that say what is to be known of the value; 0: nothing';
grant select on barograph_public.latest_readings to public;

create or replace view barograph_public.session_readings with (security_barrier) as
select
    session.public_id as capture_session_id,
    run.public_id as run_id,
    extract(epoch from reading.time - session.started_at)::float8 as elapsed_s,
    reading.time,
    sensor.public_id as sensor_id,
    sensor.key as sensor_key,
    project.public_id as project_id,
    case when project.shows_raw then reading.raw end as raw,
    reading.physical,
    sensor.output_unit as unit,
    profile.public_id as profile_id,
    profile.number as profile_version,
    coalesce(reading.flags, 0::int2) as flags
from visible_project as project
join capture_session as session on session.project_id = project.id
join run on run.id = session.run_id
join capture_session_sensor as taken on taken.capture_session_id = session.id
join sensor on sensor.id = taken.sensor_id
join reading
    on reading.sensor_id = sensor.id
    and reading.time >= session.started_at
    and reading.time < coalesce(session.stopped_at, 'infinity')
left join conversion_profile as profile on profile.id = reading.profile_id;
comment on view barograph_public.session_readings is 'Readings of capture sessions: those of the sensors of a session, from its start on and before its stop. Name a capture_session_id or a run_id.';
comment on column barograph_public.session_readings.capture_session_id is 'Id of the capture session';
comment on column barograph_public.session_readings.run_id is 'Id of its run';
comment on column barograph_public.session_readings.elapsed_s is 'Seconds since the session started';
comment on column barograph_public.session_readings.time is 'Time of the reading, of microseconds';
comment on column barograph_public.session_readings.sensor_id is 'Id of the sensor';
comment on column barograph_public.session_readings.sensor_key is 'Key of the sensor, unique in its project';
comment on column barograph_public.session_readings.project_id is 'Id of the project';
comment on column barograph_public.session_readings.raw is 'As it was sent, in the raw unit of the sensor; null where the project hides it from this log-in';
comment on column barograph_public.session_readings.physical is 'Converted, in unit; null without a profile';
comment on column barograph_public.session_readings.unit is 'Unit of physical values';
comment on column barograph_public.session_readings.profile_id is 'Id of the conversion profile that made the physical value';
comment on column barograph_public.session_readings.profile_version is 'Number of that version of the profile';
comment on column barograph_public.session_readings.flags is 'Bits that say what is to be known of the value; 0: nothing';
grant select on barograph_public.session_readings to public;
