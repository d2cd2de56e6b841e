-- A project with many sensors, each with a linear profile of its own that is valid at all times.

-- name: sensors
-- A bulk change is one version of the catalog.
with added as (
    insert into sensor (project_id, key, status)
    select %(project_id)s, format('s%%s', number), 'active'
    from generate_series(1, %(sensors)s) as number
    returning id, key
)
insert into conversion_profile (sensor_id, number, kind, payload, content_hash)
select added.id, 1, 'linear', given.payload, given.content_hash
from added
join unnest(%(keys)s::text[], %(payloads)s::jsonb[], %(hashes)s::text[]) as given (key, payload, content_hash)
    using (key);

-- name: validity
insert into profile_validity (sensor_id, profile_id, during)
select sensor_id, id, tstzrange(null, null) from conversion_profile;

-- name: other_versions
-- Second versions, of the sensors that are activated.
insert into conversion_profile (sensor_id, number, kind, payload, content_hash)
select sensor.id, 2, 'linear', given.payload, given.content_hash
from sensor
join unnest(%(keys)s::text[], %(payloads)s::jsonb[], %(hashes)s::text[]) as given (key, payload, content_hash)
    using (key)
returning public_id;

-- name: editor
with added as (
    insert into account (email, password_hash) values ('caller-1@example.org', %(password_hash)s) returning id
)
insert into member (project_id, account_id, role)
select %(project_id)s, id, 'editor' from added;

-- name: bump
update project set catalog_version = catalog_version + 1 where id = %(project_id)s;

-- name: notify
select pg_notify('barograph_catalog', %(project_id)s::text);

-- name: add_sensor
insert into sensor (project_id, key) values (%(project_id)s, %(key)s);

-- name: settle
vacuum analyze;
