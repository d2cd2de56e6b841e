-- The catalog's lock keeps commits of readings and changes of what they must obey apart: commits share
-- it, a change takes it alone. Class 1 of the two-key advisory locks is this lock's.

-- name: lock_shared
select pg_advisory_xact_lock_shared(1, %(project_id)s);

-- name: lock_exclusive
select pg_advisory_xact_lock(1, %(project_id)s);

-- name: version
-- A statement of its own after the lock: its snapshot must be younger than the lock.
select catalog_version from project where id = %(project_id)s;

-- name: bump
with bumped as (
    update project set catalog_version = catalog_version + 1 where id = %(project_id)s returning id
)
select pg_notify('barograph_catalog', id::text) from bumped;

-- name: project
select id, catalog_version, max_age_s, raw_from from project where id = %(project_id)s;

-- name: sensors
select id, public_id, key, status from sensor where project_id = %(project_id)s order by id;

-- name: pieces
-- Infinite bounds come out as NULL: the driver has no infinite time.
select
    validity.sensor_id,
    validity.profile_id,
    nullif(lower(validity.during), '-infinity') as valid_from,
    nullif(upper(validity.during), 'infinity') as valid_to,
    profile.kind,
    profile.payload
from profile_validity as validity
join conversion_profile as profile on profile.id = validity.profile_id
join sensor on sensor.id = validity.sensor_id
where sensor.project_id = %(project_id)s;

-- name: tokens
select id, expires_at, sensors, producers
from ingest_token
where project_id = %(project_id)s and revoked_at is null and (expires_at is null or expires_at > now());

-- name: any_sensor
select 1 as found
from sensor
where project_id = %(project_id)s
    and (key = any(%(references)s) or public_id::text = any(%(references)s))
limit 1;
