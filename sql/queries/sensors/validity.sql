-- Which version holds when. Every change runs under the project's catalog lock.

-- name: sensor_of_profile
select sensor_id from conversion_profile where id = %(profile_id)s;

-- name: profile_with_units
select profile.kind, profile.payload, sensor.input_unit, sensor.output_unit
from conversion_profile as profile
join sensor on sensor.id = profile.sensor_id
where profile.id = %(profile_id)s;

-- name: default_from
-- NULL, the beginning of time, as long as the sensor's timeline is empty. The clock is read after the
-- lock was granted: what was committed before it lies in the past.
select case
    when exists (select from profile_validity where sensor_id = %(sensor_id)s) then clock_timestamp()
end as valid_from;

-- name: changed_by_giving
-- What a version does not hold yet of a range that it is to be given.
select (
    tstzmultirange(tstzrange(%(valid_from)s::timestamptz, %(valid_to)s::timestamptz))
    - coalesce((select range_agg(during) from profile_validity where profile_id = %(profile_id)s), '{}')
)::text as changed;

-- name: changed_by_ending
select (
    tstzmultirange(tstzrange(%(now)s::timestamptz, null))
    * coalesce((select range_agg(during) from profile_validity where profile_id = %(profile_id)s), '{}')
)::text as changed;

-- name: take
-- Cuts the range out of whatever holds it.
with held as (
    delete from profile_validity
    where sensor_id = %(sensor_id)s
        and during && tstzrange(%(valid_from)s::timestamptz, %(valid_to)s::timestamptz)
    returning profile_id, during
),
kept as (
    insert into profile_validity (sensor_id, profile_id, during)
    select %(sensor_id)s, held.profile_id, piece
    from held
    cross join unnest(
        tstzmultirange(held.during)
        - tstzmultirange(tstzrange(%(valid_from)s::timestamptz, %(valid_to)s::timestamptz))
    ) as piece
)
select distinct profile_id from held;

-- name: give
-- Adds the range to what the version holds; pieces that touch become one.
with held as (
    delete from profile_validity
    where profile_id = %(profile_id)s
    returning during
)
insert into profile_validity (sensor_id, profile_id, during)
select %(sensor_id)s, %(profile_id)s, piece
from unnest(
    (select coalesce(range_agg(during), '{}') from held)
    + tstzmultirange(tstzrange(%(valid_from)s::timestamptz, %(valid_to)s::timestamptz))
) as piece;

-- name: tell
-- That a version holds there from now on.
insert into event (project_id, kind, payload)
select
    sensor.project_id,
    'conversion_profile.applied',
    jsonb_build_object(
        'profile_id', profile.public_id,
        'number', profile.number,
        'kind', profile.kind,
        'sensor_id', sensor.public_id,
        'sensor', sensor.key,
        'valid_from', event_time(%(valid_from)s::timestamptz),
        'valid_to', event_time(%(valid_to)s::timestamptz)
    )
from conversion_profile as profile
join sensor on sensor.id = profile.sensor_id
where profile.id = %(profile_id)s;

-- name: end_now
with held as (
    delete from profile_validity
    where profile_id = %(profile_id)s and during && tstzrange(%(now)s::timestamptz, null)
    returning sensor_id, during
)
insert into profile_validity (sensor_id, profile_id, during)
select sensor_id, %(profile_id)s, piece
from held
cross join unnest(
    tstzmultirange(during) - tstzmultirange(tstzrange(%(now)s::timestamptz, null))
) as piece;

-- name: clock
select clock_timestamp() as now;

-- name: touch
update conversion_profile
set version = version + 1, updated_at = now()
where id = any(%(profile_ids)s);

-- name: set_deprecated
update conversion_profile set deprecated_at = %(deprecated_at)s where id = %(profile_id)s;

-- name: timeline
select
    profile.public_id as profile_id,
    profile.number,
    profile.kind,
    nullif(lower(validity.during), '-infinity') as valid_from,
    nullif(upper(validity.during), 'infinity') as valid_to
from profile_validity as validity
join conversion_profile as profile on profile.id = validity.profile_id
where validity.sensor_id = %(sensor_id)s
order by validity.during;
