-- The catalog's lock keeps commits of readings and changes of what they must obey apart: commits share
-- it, a change takes it alone. Class 1 of the two-key advisory locks is this lock's.

-- name: lock_shared
select pg_advisory_xact_lock_shared(1, %(project_id)s);

-- name: lock_exclusive
select pg_advisory_xact_lock(1, %(project_id)s);

-- name: bump
-- The row's lock puts all changes of a project in the order of their versions. Triggers draw the stamp.
with bumped as (
    update project set catalog_version = catalog_version + 1 where id = %(project_id)s returning id
)
select pg_notify('barograph_catalog', id::text) from bumped;

-- name: project
-- A statement of its own after the lock: its snapshot must be younger than the lock.
select id, catalog_version, catalog_stamp, max_age_s, raw_from from project where id = %(project_id)s;

-- name: try_lock_shared
-- Those of the projects whose lock somebody has, or waits for, alone. The others' locks are taken, in the order of ids.
select project_id
from unnest(%(project_ids)s::int4[]) as wanted (project_id)
where not pg_try_advisory_xact_lock_shared(1, project_id);

-- name: projects
-- As above.
select id, catalog_version, catalog_stamp, max_age_s, raw_from from project where id = any(%(project_ids)s::int4[]);

-- name: changed
-- Whether this is a later state of what is known, and the sensors that changed since. Those of the known
-- version itself come along, as some writer may have noted them just before it raised the version.
select
    exists (
        select from catalog_change
        where project_id = %(project_id)s and version = %(version)s and stamp = %(stamp)s
    ) as is_later,
    (
        select coalesce(array_agg(distinct sensor_id), '{}')
        from catalog_change
        cross join unnest(sensor_ids) as sensor_id
        where project_id = %(project_id)s and version >= %(version)s
    ) as sensor_ids;

-- name: sensors
select
    id as sensor_id,
    public_id::text,
    key,
    status in ('registering', 'active') as accepts,
    status = 'registering' as registering
from sensor
where project_id = %(project_id)s
order by id;

-- name: some_sensors
select
    id as sensor_id,
    public_id::text,
    key,
    status in ('registering', 'active') as accepts,
    status = 'registering' as registering
from sensor
where project_id = %(project_id)s and id = any(%(sensor_ids)s)
order by id;

-- name: validity
-- Infinite bounds come out as the least and the greatest bigint.
select
    validity.sensor_id,
    validity.profile_id,
    case
        when lower_inf(validity.during) or lower(validity.during) = '-infinity' then '-9223372036854775808'::int8
        else (extract(epoch from lower(validity.during)) * 1000000)::int8
    end as from_us,
    case
        when upper_inf(validity.during) or upper(validity.during) = 'infinity' then '9223372036854775807'::int8
        else (extract(epoch from upper(validity.during)) * 1000000)::int8
    end as to_us,
    profile.content_hash
from profile_validity as validity
join conversion_profile as profile on profile.id = validity.profile_id
join sensor on sensor.id = validity.sensor_id
where sensor.project_id = %(project_id)s
order by validity.sensor_id, validity.during;

-- name: some_validity
select
    validity.sensor_id,
    validity.profile_id,
    case
        when lower_inf(validity.during) or lower(validity.during) = '-infinity' then '-9223372036854775808'::int8
        else (extract(epoch from lower(validity.during)) * 1000000)::int8
    end as from_us,
    case
        when upper_inf(validity.during) or upper(validity.during) = 'infinity' then '9223372036854775807'::int8
        else (extract(epoch from upper(validity.during)) * 1000000)::int8
    end as to_us,
    profile.content_hash
from profile_validity as validity
join conversion_profile as profile on profile.id = validity.profile_id
where validity.sensor_id = any(%(sensor_ids)s)
order by validity.sensor_id, validity.during;

-- name: limits
-- Infinite bounds come out as those of validity do.
select
    sensor_limit.sensor_id,
    sensor_limit.id as limit_id,
    coalesce(sensor_limit.min, '-Infinity') as low,
    coalesce(sensor_limit.max, 'Infinity') as high,
    sensor_limit.hysteresis,
    (sensor_limit.delay_s * 1000000)::int8 as delay_us,
    case
        when lower_inf(during) or lower(during) = '-infinity' then '-9223372036854775808'::int8
        else (extract(epoch from lower(during)) * 1000000)::int8
    end as from_us,
    case
        when upper_inf(during) or upper(during) = 'infinity' then '9223372036854775807'::int8
        else (extract(epoch from upper(during)) * 1000000)::int8
    end as to_us
from sensor_limit
join sensor on sensor.id = sensor_limit.sensor_id
where sensor.project_id = %(project_id)s and sensor_limit.deleted_at is null
order by sensor_limit.sensor_id, sensor_limit.id;

-- name: some_limits
select
    sensor_limit.sensor_id,
    sensor_limit.id as limit_id,
    coalesce(sensor_limit.min, '-Infinity') as low,
    coalesce(sensor_limit.max, 'Infinity') as high,
    sensor_limit.hysteresis,
    (sensor_limit.delay_s * 1000000)::int8 as delay_us,
    case
        when lower_inf(during) or lower(during) = '-infinity' then '-9223372036854775808'::int8
        else (extract(epoch from lower(during)) * 1000000)::int8
    end as from_us,
    case
        when upper_inf(during) or upper(during) = 'infinity' then '9223372036854775807'::int8
        else (extract(epoch from upper(during)) * 1000000)::int8
    end as to_us
from sensor_limit
where sensor_limit.sensor_id = any(%(sensor_ids)s) and sensor_limit.deleted_at is null
order by sensor_limit.sensor_id, sensor_limit.id;

-- name: profiles
select id, kind, payload from conversion_profile where id = any(%(ids)s);

-- name: tokens
select id, expires_at, sensors, producers
from valid_ingest_token
where project_id = %(project_id)s;
