-- Sensors.

-- name: create
insert into sensor (project_id, key, name, kind, input_unit, output_unit, tags, status, silent_after_s)
select
    %(project_id)s,
    given.key,
    given.name,
    given.kind,
    given.input_unit,
    given.output_unit,
    given.tags,
    given.status,
    given.silent_after_s
from rows from (
    jsonb_to_recordset(%(sensors)s) as (
        key text,
        name text,
        kind text,
        input_unit text,
        output_unit text,
        tags text[],
        status text,
        silent_after_s int
    )
) with ordinality as given (key, name, kind, input_unit, output_unit, tags, status, silent_after_s, place)
order by given.place
returning id;

-- name: items
select * from sensor_item where position = any(%(ids)s) order by position;

-- name: found
-- What filters leave, in order. Planned for its parameters each time, as the list of runs is. Only the order by `last_seen_at`
-- and the filter by `connection` read all sensors of the project: an index on what changes each second for each of them
-- would cost ingest more than that. So such a page takes the positions from it, and reads the rest of so few rows
-- afterwards (`api/sensors/filters.py`). To plan that for the others would take longer than they do.
select *, lower(name) as name_key
from sensor_item
where in_project = %(project_id)s
    and (%(status)s::text is null or status = %(status)s)
    and (%(kind)s::text is null or kind = %(kind)s)
    and (%(unit)s::text is null or output_unit = %(unit)s)
    and (%(key)s::text is null or key = %(key)s)
    -- As `connection` says it, in words whose frequency the statistics know.
    and case %(connection)s::text
        when 'online' then last_seen_at > now() - interval '10 seconds'
        when 'delayed' then last_seen_at > now() - interval '1 minute' and last_seen_at <= now() - interval '10 seconds'
        when 'offline' then (last_seen_at <= now() - interval '1 minute') is not false
        else true
    end
    and tags @> %(tags)s::text[]
    and (%(q)s::text is null or position(lower(%(q)s) in lower(key || ' ' || name)) > 0)
    and (
        %(run_id)s::int is null
        or position in (select run_sensor.sensor_id from run_sensor where run_sensor.run_id = %(run_id)s)
    )
    and (
        %(after_id)s::int is null
        or case %(sort)s::text
            when 'created_at' then (created_at, position) > (%(after_time)s::timestamptz, %(after_id)s)
            when '-created_at' then (created_at, position) < (%(after_time)s::timestamptz, %(after_id)s)
            when 'last_seen_at'
                then (coalesce(last_seen_at, '-infinity'), position) > (%(after_time)s::timestamptz, %(after_id)s)
            when '-last_seen_at'
                then (coalesce(last_seen_at, '-infinity'), position) < (%(after_time)s::timestamptz, %(after_id)s)
            when 'key' then (key, position) > (%(after_name)s::text, %(after_id)s)
            when '-key' then (key, position) < (%(after_name)s::text, %(after_id)s)
            when 'name' then (lower(name), position) > (%(after_name)s::text, %(after_id)s)
            when '-name' then (lower(name), position) < (%(after_name)s::text, %(after_id)s)
        end
    )
order by
    case when %(sort)s::text = 'created_at' then created_at end,
    case when %(sort)s::text = '-created_at' then created_at end desc,
    case when %(sort)s::text = 'last_seen_at' then coalesce(last_seen_at, '-infinity') end,
    case when %(sort)s::text = '-last_seen_at' then coalesce(last_seen_at, '-infinity') end desc,
    case when %(sort)s::text = 'key' then key end,
    case when %(sort)s::text = '-key' then key end desc,
    case when %(sort)s::text = 'name' then lower(name) end,
    case when %(sort)s::text = '-name' then lower(name) end desc,
    case when %(sort)s::text like '-%%' then position end desc,
    position
limit %(fetch)s;

-- name: page
select item.*, lower(item.name) as name_key
from unnest(array(select position from found)) with ordinality as listed (position, place)
join sensor_item as item using (position)
order by listed.place

-- name: latest_stretches
-- Where the latest reading of each sensor lies, and those that say how fast it sends. Where only a former release has
-- heard of a sensor, it is looked for in the day before.
select
    sensor_id,
    coalesce(latest_at - interval '1 minute', last_seen_at - interval '1 day') as since,
    coalesce(latest_at, last_seen_at + interval '10 minutes') + interval '1 microsecond' as until
from sensor_liveness
where sensor_id = any(%(sensor_ids)s::int[]);

-- name: latest
-- The latest reading of each sensor in its stretch, and how many a second the last ones make. Of readings at one time, the
-- one that a run's overview shows.
select
    liveness.sensor_id,
    late.time,
    late.raw,
    late.physical,
    late.flags,
    case
        when liveness.last_seen_at <= now() - interval '1 minute' then 0
        when late.seconds > 0 then (late.readings - 1) / late.seconds
    end as rate_hz
from unnest(%(sensor_ids)s::int[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[]) as asked (sensor_id, since, until)
join sensor_liveness as liveness using (sensor_id)
cross join lateral (
    select
        max(time) as time,
        max(raw) filter (where place = 1) as raw,
        max(physical) filter (where place = 1) as physical,
        max(flags) filter (where place = 1) as flags,
        count(*) filter (where is_paced) as readings,
        extract(epoch from max(time) - min(time) filter (where is_paced))::float8 as seconds
    from (
        select
            time,
            raw,
            physical,
            flags,
            place,
            place <= %(paced)s and time > max(time) over () - interval '1 minute' as is_paced
        from (
            select
                time,
                case when %(sees_raw)s then raw end as raw,
                physical,
                coalesce(flags, 0::int2) as flags,
                row_number() over (
                    order by
                        time desc,
                        case when %(sees_raw)s then raw end desc nulls last,
                        physical desc nulls last
                ) as place
            from newest_readings_of_span(
                asked.sensor_id, asked.since, asked.until, %(from)s, %(to)s, %(paced)s, false
            ) as newest
        ) as placed
    ) as placed
    having count(*) > 0
) as late;

-- name: names
select id, public_id::text, key, input_unit, output_unit from sensor where id = %(id)s;

-- name: named
select id, public_id, key, status, input_unit, output_unit
from sensor
where project_id = %(project_id)s and (public_id = any(%(ids)s::uuid[]) or key = any(%(keys)s::text[]));

-- name: lock
select key, name, kind, input_unit, output_unit, tags, status, silent_after_s, version
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
    silent_after_s = %(silent_after_s)s,
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: has_readings
-- As for a project.
select exists (select from rollup where sensor_id = %(id)s)
    or exists (select from dirty_window where sensor_ids @> array[%(id)s::int]) as has_readings;

-- name: delete
delete from sensor where id = %(id)s;
