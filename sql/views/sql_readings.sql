-- Readings for people, and what is computed of them.
--
-- Rows and blocks are written out here, and not asked for by the functions of `readings.sql`: tables within a function that
-- PostgreSQL takes into a view are looked at by the rights of whoever asks, and people have none on tables.

-- Those that are rows, and blocks of the others. These two are barriers, and anybody may ask them: what stands above them
-- sees no more than the log-in does, whatever it does. Raw values are hidden here already.
create or replace view visible_reading with (security_barrier) as
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
grant select on visible_reading to public;

create or replace view visible_block with (security_barrier) as
select
    block.first_time,
    block.last_time,
    block.time,
    sensor.public_id as sensor_id,
    sensor.key as sensor_key,
    project.public_id as project_id,
    case when project.shows_raw then block.raw end as raw,
    block.physical,
    sensor.output_unit as unit,
    profile.public_id as profile_id,
    profile.number as profile_version,
    block.flags
from visible_project as project
join sensor on sensor.project_id = project.id
join reading_block as block on block.sensor_id = sensor.id
left join conversion_profile as profile on profile.id = block.profile_id;
grant select on visible_block to public;

-- No barrier itself. A bound on time can't reach blocks through a view: see `readings_between`.
create or replace view barograph_public.readings as
select time, sensor_id, sensor_key, project_id, raw, physical, unit, profile_id, profile_version, flags
from visible_reading
union all
select time, sensor_id, sensor_key, project_id, raw, physical, unit, profile_id, profile_version, coalesce(flags, 0::int2)
from (
    select
        unnest(time) as time, sensor_id, sensor_key, project_id, unnest(raw) as raw, unnest(physical) as physical, unit,
        profile_id, profile_version, unnest(flags) as flags
    from visible_block
) as held;
comment on view barograph_public.readings is 'Readings, a row each. Name a sensor; ask readings_between if it sends often. Those that archived_readings tells of lie in files, and are not here.';
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

-- The same of a stretch of time. PostgreSQL takes it into the statement that calls it.
create or replace function barograph_public.readings_between(from_time timestamptz, to_time timestamptz)
returns setof barograph_public.readings language sql stable rows 1000 as $$
select time, sensor_id, sensor_key, project_id, raw, physical, unit, profile_id, profile_version, flags
from public.visible_reading
where time >= from_time and time < to_time
union all
select time, sensor_id, sensor_key, project_id, raw, physical, unit, profile_id, profile_version, coalesce(flags, 0::int2)
from (
    select
        unnest(time) as time, sensor_id, sensor_key, project_id, unnest(raw) as raw, unnest(physical) as physical, unit,
        profile_id, profile_version, unnest(flags) as flags
    from public.visible_block
    where first_time >= date_bin('1 second', from_time, '2000-01-01 00:00Z')
        and first_time < to_time
        and last_time >= from_time
) as held
where time >= from_time and time < to_time
$$;
comment on function barograph_public.readings_between is 'Readings from a time on and before another, with the columns of readings. Name a sensor.';

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
    select
        coalesce(liveness.latest_at - interval '1 minute', liveness.last_seen_at - interval '1 day') as from_time,
        coalesce(liveness.latest_at, liveness.last_seen_at + interval '10 minutes') as to_time
) as stretch
cross join lateral (
    select *
    from (
        (
            select time, raw, physical, flags
            from reading
            where reading.sensor_id = sensor.id and time >= stretch.from_time and time <= stretch.to_time
            order by time desc
            fetch first 1 row with ties
        )
        union all
        -- What ends last among blocks of this stretch alone, and what reaches beyond it.
        select held.*
        from (
            select coalesce(
                (
                    select max(last_time)
                    from reading_block
                    where reading_block.sensor_id = sensor.id
                        and first_time >= stretch.from_time
                        and first_time <= stretch.to_time
                        and last_time <= stretch.to_time
                ),
                stretch.from_time
            ) as reach
            offset 0
        ) as enough
        cross join lateral (
            select unnest(time) as time, unnest(raw), unnest(physical), unnest(flags)
            from reading_block
            where reading_block.sensor_id = sensor.id
                and first_time >= date_bin('1 second', enough.reach, '2000-01-01 00:00Z')
                and first_time <= stretch.to_time
                and last_time >= enough.reach
        ) as held
        where held.time >= enough.reach and held.time <= stretch.to_time
    ) as newest
    order by time desc, raw desc, physical desc nulls last
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
cross join lateral (
    select time, raw, physical, profile_id, flags
    from reading
    where sensor_id = sensor.id and time >= session.started_at and time < coalesce(session.stopped_at, 'infinity')
    union all
    select *
    from (
        select unnest(time) as time, unnest(raw), unnest(physical), profile_id, unnest(flags)
        from reading_block
        where sensor_id = sensor.id
            and first_time >= date_bin('1 second', session.started_at, '2000-01-01 00:00Z')
            and first_time < coalesce(session.stopped_at, 'infinity')
            and last_time >= session.started_at
    ) as held
    where time >= session.started_at and time < coalesce(session.stopped_at, 'infinity')
) as reading
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
