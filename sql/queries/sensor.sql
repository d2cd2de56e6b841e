-- Sensors.

-- name: create
insert into sensor (project_id, key, name, kind, input_unit, output_unit, tags, status)
select
    %(project_id)s,
    given.key,
    given.name,
    given.kind,
    given.input_unit,
    given.output_unit,
    given.tags,
    given.status
from rows from (
    jsonb_to_recordset(%(sensors)s) as (
        key text, name text, kind text, input_unit text, output_unit text, tags text[], status text
    )
) with ordinality as given (key, name, kind, input_unit, output_unit, tags, status, place)
order by given.place
returning id;

-- name: items
select * from sensor_item where position = any(%(ids)s) order by position;

-- name: list
select *
from sensor_item
where in_project = %(project_id)s
    and position < %(before)s
    and (%(status)s::text is null or status = %(status)s)
    and (%(kind)s::text is null or kind = %(kind)s)
    and (%(key)s::text is null or key = %(key)s)
    and tags @> %(tags)s::text[]
    and (%(q)s::text is null or position(lower(%(q)s) in lower(key || ' ' || name)) > 0)
order by position desc
limit %(fetch)s;

-- name: ids_of_keys
select key, public_id from sensor where project_id = %(project_id)s and key = any(%(keys)s);

-- name: lock
select key, name, kind, input_unit, output_unit, tags, status, version
from sensor
where id = %(id)s
for no key update;

-- name: update
update sensor
set
    key = %(key)s,
    name = %(name)s,
    kind = %(kind)s,
    input_unit = %(input_unit)s,
    output_unit = %(output_unit)s,
    tags = %(tags)s,
    status = %(status)s,
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: has_readings
-- As for a project.
select exists (select from rollup where sensor_id = %(id)s)
    or exists (select from dirty_window where sensor_ids @> array[%(id)s::int]) as has_readings;

-- name: delete
delete from sensor where id = %(id)s;
