-- name: find_token
select
    id,
    project_id,
    producers,
    sensors is null and producers is null as is_unlimited,
    may_resume,
    lineage
from valid_ingest_token
where token_hash = %(token_hash)s;

-- name: is_there
select 1 as there;

-- name: note_seen
insert into sensor_liveness (sensor_id, last_seen_at)
select sensor_id, timestamptz 'epoch' + seen_us * interval '1 microsecond'
from unnest(%(sensor_ids)s::int4[], %(seen_us)s::int8[]) as seen (sensor_id, seen_us)
where exists (select from sensor where sensor.id = seen.sensor_id)
on conflict (sensor_id) do update
set last_seen_at = greatest(sensor_liveness.last_seen_at, excluded.last_seen_at);
