-- Readings as rows, in pages. The order is total over all that is shown, so that a page can end between
-- readings of one instant; whatever hides raw hides it from the order and from the cursor too. Not from
-- `stored_raw`, which is not shown: by it a reading is told from others of its instant.
--
-- A page of one sensor is cut by time first, then put in order: only by time are columns in order.

-- name: ascending
select
    to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as time,
    (extract(epoch from time) * 1000000)::bigint as t_us,
    raw,
    physical,
    profile_id,
    flags,
    sensor_id,
    stored_raw
from (
    select
        time,
        case when %(sees_raw)s then raw end as raw,
        physical,
        profile_id,
        coalesce(flags, 0::int2) as flags,
        sensor_id,
        raw as stored_raw
    from reading
    where sensor_id = %(sensor_id)s and time >= %(from)s and time < %(to)s
        and (
            time,
            coalesce(case when %(sees_raw)s then raw end, 'NaN'),
            coalesce(physical, 'NaN'),
            coalesce(profile_id, 0),
            coalesce(flags, 0::int2)
        ) >= (%(time)s, %(raw)s::float8, %(physical)s::float8, %(profile_id)s::int, %(flags)s::int2)
    order by reading.time
    fetch first (%(skip)s::bigint + %(fetch)s::bigint) rows with ties
) as shown
order by shown.time, coalesce(raw, 'NaN'), coalesce(physical, 'NaN'), coalesce(profile_id, 0), flags
offset %(skip)s
limit %(fetch)s;

-- name: descending
select
    to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as time,
    (extract(epoch from time) * 1000000)::bigint as t_us,
    raw,
    physical,
    profile_id,
    flags,
    sensor_id,
    stored_raw
from (
    select
        time,
        case when %(sees_raw)s then raw end as raw,
        physical,
        profile_id,
        coalesce(flags, 0::int2) as flags,
        sensor_id,
        raw as stored_raw
    from reading
    where sensor_id = %(sensor_id)s and time >= %(from)s and time < %(to)s
        and (
            time,
            coalesce(case when %(sees_raw)s then raw end, 'NaN'),
            coalesce(physical, 'NaN'),
            coalesce(profile_id, 0),
            coalesce(flags, 0::int2)
        ) <= (%(time)s, %(raw)s::float8, %(physical)s::float8, %(profile_id)s::int, %(flags)s::int2)
    order by reading.time desc
    fetch first (%(skip)s::bigint + %(fetch)s::bigint) rows with ties
) as shown
order by
    shown.time desc,
    coalesce(raw, 'NaN') desc,
    coalesce(physical, 'NaN') desc,
    coalesce(profile_id, 0) desc,
    flags desc
offset %(skip)s
limit %(fetch)s;

-- name: several_ascending
select
    to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as time,
    (extract(epoch from time) * 1000000)::bigint as t_us,
    raw,
    physical,
    profile_id,
    flags,
    sensor_id,
    stored_raw
from (
    select
        time,
        case when %(sees_raw)s then raw end as raw,
        physical,
        profile_id,
        coalesce(flags, 0::int2) as flags,
        sensor_id,
        raw as stored_raw
    from reading
    where sensor_id = any(%(sensor_ids)s) and time >= %(from)s and time < %(to)s
) as shown
where (time, coalesce(raw, 'NaN'), coalesce(physical, 'NaN'), coalesce(profile_id, 0), flags, sensor_id)
    >= (%(time)s, %(raw)s::float8, %(physical)s::float8, %(profile_id)s::int, %(flags)s::int2, %(last_sensor_id)s::int)
order by shown.time, coalesce(raw, 'NaN'), coalesce(physical, 'NaN'), coalesce(profile_id, 0), flags, sensor_id
offset %(skip)s
limit %(fetch)s;

-- name: several_descending
select
    to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as time,
    (extract(epoch from time) * 1000000)::bigint as t_us,
    raw,
    physical,
    profile_id,
    flags,
    sensor_id,
    stored_raw
from (
    select
        time,
        case when %(sees_raw)s then raw end as raw,
        physical,
        profile_id,
        coalesce(flags, 0::int2) as flags,
        sensor_id,
        raw as stored_raw
    from reading
    where sensor_id = any(%(sensor_ids)s) and time >= %(from)s and time < %(to)s
) as shown
where (time, coalesce(raw, 'NaN'), coalesce(physical, 'NaN'), coalesce(profile_id, 0), flags, sensor_id)
    <= (%(time)s, %(raw)s::float8, %(physical)s::float8, %(profile_id)s::int, %(flags)s::int2, %(last_sensor_id)s::int)
order by
    shown.time desc,
    coalesce(raw, 'NaN') desc,
    coalesce(physical, 'NaN') desc,
    coalesce(profile_id, 0) desc,
    flags desc,
    sensor_id desc
offset %(skip)s
limit %(fetch)s;

-- name: instants_ascending
-- So many readings, and all others of the last one's instant: in which order they stand within an instant is
-- known once it is known what was believed of them.
select
    to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as time,
    (extract(epoch from time) * 1000000)::bigint as t_us,
    case when %(sees_raw)s then raw end as raw,
    physical,
    profile_id,
    coalesce(flags, 0::int2) as flags,
    sensor_id,
    raw as stored_raw
from reading
where sensor_id = any(%(sensor_ids)s) and time >= %(from)s and time < %(to)s
order by reading.time
fetch first %(fetch)s rows with ties;

-- name: instants_descending
select
    to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as time,
    (extract(epoch from time) * 1000000)::bigint as t_us,
    case when %(sees_raw)s then raw end as raw,
    physical,
    profile_id,
    coalesce(flags, 0::int2) as flags,
    sensor_id,
    raw as stored_raw
from reading
where sensor_id = any(%(sensor_ids)s) and time >= %(from)s and time < %(to)s
order by reading.time desc
fetch first %(fetch)s rows with ties;

-- name: profiles
select id, public_id::text from conversion_profile where id = any(%(profile_ids)s);

-- name: chunks_within
-- How many chunks there are of a period's readings, from when until when.
select count(*) as chunks, min(range_start) as first, max(range_end) as last
from timescaledb_information.chunks
where hypertable_schema = current_schema
    and hypertable_name = 'reading'
    and range_end > %(from)s
    and range_start < %(to)s;
