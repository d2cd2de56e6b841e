-- name: find_token
select
    id,
    project_id,
    producers,
    sensors is null and producers is null as is_unlimited,
    may_resume,
    lineage,
    sensor_key_template,
    register_sensors_up_to
from valid_ingest_token
join (select id as project_id, sensor_key_template, register_sensors_up_to from project) as project
    using (project_id)
where token_hash = %(token_hash)s;

-- name: is_there
select 1 as there;

-- name: note_seen
-- By public id, for a restored database gives the other one out again.
insert into sensor_liveness (sensor_id, last_seen_at, latest_at)
select
    sensor.id,
    timestamptz 'epoch' + seen.seen_us * interval '1 microsecond',
    timestamptz 'epoch' + seen.latest_us * interval '1 microsecond'
from unnest(%(public_ids)s::uuid[], %(seen_us)s::int8[], %(latest_us)s::int8[])
    as seen (public_id, seen_us, latest_us)
join sensor using (public_id)
order by sensor.id
on conflict (sensor_id) do update
set
    last_seen_at = greatest(sensor_liveness.last_seen_at, excluded.last_seen_at),
    latest_at = greatest(sensor_liveness.latest_at, excluded.latest_at);

-- name: register_sensors
select register_sensors(%(project_id)s, %(token_id)s, %(keys)s::text[]) as made;
