-- Conversion profiles: versions of a sensor's calibration, immutable once saved.

-- name: lock_sensor
-- Versions are numbered one after the other, and keep to the units the sensor declares.
select id, input_unit, output_unit from sensor where id = %(sensor_id)s for no key update;

-- name: create
insert into conversion_profile (sensor_id, number, kind, payload, content_hash, note, created_by)
select
    %(sensor_id)s,
    coalesce(max(number), 0) + 1,
    %(kind)s,
    %(payload)s,
    %(content_hash)s,
    %(note)s,
    %(created_by)s
from conversion_profile
where sensor_id = %(sensor_id)s
returning id;

-- name: item
select * from profile_item where position = %(id)s;

-- name: list
select *
from profile_item
where in_sensor = %(sensor_id)s and position < %(before)s
order by position desc
limit %(fetch)s;

-- name: labelled
-- Versions of sensors that may name the codes which physical values are.
select id, sensor_id, kind, payload
from conversion_profile
where sensor_id = any(%(sensor_ids)s) and kind = any(%(kinds)s);
