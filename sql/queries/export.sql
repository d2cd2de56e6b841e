-- Exports: what they read, in one transaction of one snapshot, and the jobs of long ones. Class 54 of the two-key
-- advisory locks keeps each job to one worker.

-- name: read_in_order
-- The index gives readings in order; a sort of a chunk for each page would take as long as the page.
select set_config('enable_sort', 'off', true);

-- name: chunks
-- Those that hold readings of a period.
select
    coalesce(array_agg(range_start order by range_start), '{}') as range_start,
    coalesce(array_agg(range_end order by range_start), '{}') as range_end
from timescaledb_information.chunks
where hypertable_schema = current_schema
    and hypertable_name = 'reading'
    and range_end > %(from)s
    and range_start < %(to)s;

-- name: page
-- As arrays, which leave the database ten times as fast as rows. Versions are spelled out only where there are
-- several, flags where there are any.
select
    array_agg(time) as t_us,
    array_agg(raw) as raw,
    array_agg(coalesce(physical, 'NaN')) as physical,
    coalesce(min(profile_id), -1) as least_profile,
    case
        when max(profile_id) > min(profile_id) or count(profile_id) < count(*)
            then array_agg(coalesce(profile_id, -1))
    end as profile_id,
    case when count(flags) > 0 then array_agg(coalesce(flags, 0::int2)) end as flags
from (
    select time, raw, physical, profile_id, flags
    from reading
    where sensor_id = %(sensor_id)s and time >= %(from)s and time < %(to)s
    order by time
    fetch first %(rows)s rows with ties
) as page;

-- name: sensors
-- In the order asked for, with their versions and which of them holds when.
select
    sensor.public_id::text as public_id,
    sensor.key,
    sensor.input_unit,
    sensor.output_unit,
    coalesce(version.ids, '{}') as profile_ids,
    coalesce(version.profiles, '[]') as profiles,
    coalesce(held.timeline, '[]') as timeline
from unnest(%(sensor_ids)s::int4[]) with ordinality as asked (sensor_id, place)
join sensor on sensor.id = asked.sensor_id
left join lateral (
    select
        array_agg(profile.id order by profile.number) as ids,
        jsonb_agg(
            jsonb_build_object(
                'number', profile.number,
                'id', profile.public_id,
                'kind', profile.kind,
                'content_hash', profile.content_hash,
                'note', profile.note
            ) || case when %(sees_raw)s then jsonb_build_object('payload', profile.payload) else '{}' end
            order by profile.number
        ) as profiles
    from conversion_profile as profile
    where profile.sensor_id = sensor.id
) as version on true
left join lateral (
    select jsonb_agg(
        jsonb_build_array(
            profile.number,
            nullif(lower(validity.during), '-infinity'),
            nullif(upper(validity.during), 'infinity')
        )
        order by validity.during
    ) as timeline
    from profile_validity as validity
    join conversion_profile as profile on profile.id = validity.profile_id
    where validity.sensor_id = sensor.id
) as held on true
order by asked.place;

-- name: estimate
-- How many readings roll-ups tell of: hours that have been folded, and the minutes of the last ones.
select coalesce(sum(counted.readings), 0)::int8 as readings
from unnest(%(sensor_ids)s::int4[], %(froms)s::timestamptz[], %(tos)s::timestamptz[]) as part (sensor_id, starts_at, ends_at)
cross join lateral (
    select sum(raw_count) as readings
    from rollup
    where sensor_id = part.sensor_id
        and tier_s = 3600
        and bucket >= date_trunc('hour', part.starts_at)
        and bucket < least(part.ends_at, date_trunc('hour', now()) - interval '2 hours')
    union all
    select sum(raw_count)
    from rollup
    where sensor_id = part.sensor_id
        and tier_s = 60
        and bucket >= greatest(part.starts_at, date_trunc('hour', now()) - interval '2 hours')
        and bucket < part.ends_at
) as counted;
