-- Readings in pages, as arrays, which leave the database ten times as fast as rows. The order is total over all that is
-- shown, so that a page can end between readings of one instant; whatever hides raw hides it from the order and from the
-- cursor too. Not from the arrays: by it a reading is told from others of its instant.
--
-- A page of one sensor takes all readings of the instant where the page before may have ended, and so many of those
-- beyond it as the page may have: whatever of that instant comes before the cursor does not count. That instant lies
-- before `beyond`, or in the descending order from it on; without a cursor there is none, and none is planned for.

-- name: ascending
select
    array_agg(time) as t_us,
    array_agg(raw) as raw,
    array_agg(coalesce(physical, 'NaN')) as physical,
    coalesce(min(profile_id), -1) as least_profile,
    case
        when max(profile_id) > min(profile_id) or count(profile_id) < count(*)
            then array_agg(coalesce(profile_id, -1))
    end as profile_id,
    case when bool_or(flags <> 0) then array_agg(flags) end as flags
from (
    select time, raw, physical, profile_id, flags
    from (
        select
            time,
            raw,
            case when %(sees_raw)s then raw end as shown_raw,
            physical,
            profile_id,
            coalesce(flags, 0::int2) as flags
        from (
            select *
            from readings_of(%(sensor_id)s::int4, %(from)s, %(beyond)s) as at_cursor
            where %(skip)s::bigint > 0
            union all
            select *
            from oldest_readings(
                %(sensor_id)s::int4, %(beyond)s, %(to)s, %(skip)s::bigint + %(fetch)s::bigint, false
            ) as beyond_it
        ) as reading
        where (
            time,
            coalesce(case when %(sees_raw)s then raw end, 'NaN'),
            coalesce(physical, 'NaN'),
            coalesce(profile_id, 0),
            coalesce(flags, 0::int2)
        ) >= (
            %(time)s,
            %(raw)s::float8,
            %(physical)s::float8,
            %(profile_id)s::int,
            %(flags)s::int2
        )
    ) as shown
    order by
        shown.time,
        coalesce(shown_raw, 'NaN'),
        coalesce(physical, 'NaN'),
        coalesce(profile_id, 0),
        flags
    offset %(skip)s
    limit %(fetch)s
) as page;

-- name: descending
select
    array_agg(time) as t_us,
    array_agg(raw) as raw,
    array_agg(coalesce(physical, 'NaN')) as physical,
    coalesce(min(profile_id), -1) as least_profile,
    case
        when max(profile_id) > min(profile_id) or count(profile_id) < count(*)
            then array_agg(coalesce(profile_id, -1))
    end as profile_id,
    case when bool_or(flags <> 0) then array_agg(flags) end as flags
from (
    select time, raw, physical, profile_id, flags
    from (
        select
            time,
            raw,
            case when %(sees_raw)s then raw end as shown_raw,
            physical,
            profile_id,
            coalesce(flags, 0::int2) as flags
        from (
            select *
            from readings_of(%(sensor_id)s::int4, %(beyond)s, %(to)s) as at_cursor
            where %(skip)s::bigint > 0
            union all
            select *
            from newest_readings(
                %(sensor_id)s::int4, %(from)s, %(beyond)s, %(skip)s::bigint + %(fetch)s::bigint, false
            ) as beyond_it
        ) as reading
        where (
            time,
            coalesce(case when %(sees_raw)s then raw end, 'NaN'),
            coalesce(physical, 'NaN'),
            coalesce(profile_id, 0),
            coalesce(flags, 0::int2)
        ) <= (
            %(time)s,
            %(raw)s::float8,
            %(physical)s::float8,
            %(profile_id)s::int,
            %(flags)s::int2
        )
    ) as shown
    order by
        shown.time desc,
        coalesce(shown_raw, 'NaN') desc,
        coalesce(physical, 'NaN') desc,
        coalesce(profile_id, 0) desc,
        flags desc
    offset %(skip)s
    limit %(fetch)s
) as page;

-- name: several_ascending
select
    array_agg(time) as t_us,
    array_agg(raw) as raw,
    array_agg(coalesce(physical, 'NaN')) as physical,
    coalesce(min(profile_id), -1) as least_profile,
    case
        when max(profile_id) > min(profile_id) or count(profile_id) < count(*)
            then array_agg(coalesce(profile_id, -1))
    end as profile_id,
    case when bool_or(flags <> 0) then array_agg(flags) end as flags,
    array_agg(sensor_id) as sensor_id
from (
    select time, raw, physical, profile_id, flags, sensor_id
    from (
        select
            time,
            raw,
            case when %(sees_raw)s then raw end as shown_raw,
            physical,
            profile_id,
            coalesce(flags, 0::int2) as flags,
            sensor_id
        from readings_of_several(%(sensor_ids)s::int4[], %(from)s, %(to)s) as reading
    ) as shown
    where (
        time,
        coalesce(shown_raw, 'NaN'),
        coalesce(physical, 'NaN'),
        coalesce(profile_id, 0),
        flags,
        sensor_id
    ) >= (
        %(time)s,
        %(raw)s::float8,
        %(physical)s::float8,
        %(profile_id)s::int,
        %(flags)s::int2,
        %(last_sensor_id)s::int
    )
    order by
        shown.time,
        coalesce(shown_raw, 'NaN'),
        coalesce(physical, 'NaN'),
        coalesce(profile_id, 0),
        flags,
        sensor_id
    offset %(skip)s
    limit %(fetch)s
) as page;

-- name: several_descending
select
    array_agg(time) as t_us,
    array_agg(raw) as raw,
    array_agg(coalesce(physical, 'NaN')) as physical,
    coalesce(min(profile_id), -1) as least_profile,
    case
        when max(profile_id) > min(profile_id) or count(profile_id) < count(*)
            then array_agg(coalesce(profile_id, -1))
    end as profile_id,
    case when bool_or(flags <> 0) then array_agg(flags) end as flags,
    array_agg(sensor_id) as sensor_id
from (
    select time, raw, physical, profile_id, flags, sensor_id
    from (
        select
            time,
            raw,
            case when %(sees_raw)s then raw end as shown_raw,
            physical,
            profile_id,
            coalesce(flags, 0::int2) as flags,
            sensor_id
        from readings_of_several(%(sensor_ids)s::int4[], %(from)s, %(to)s) as reading
    ) as shown
    where (
        time,
        coalesce(shown_raw, 'NaN'),
        coalesce(physical, 'NaN'),
        coalesce(profile_id, 0),
        flags,
        sensor_id
    ) <= (
        %(time)s,
        %(raw)s::float8,
        %(physical)s::float8,
        %(profile_id)s::int,
        %(flags)s::int2,
        %(last_sensor_id)s::int
    )
    order by
        shown.time desc,
        coalesce(shown_raw, 'NaN') desc,
        coalesce(physical, 'NaN') desc,
        coalesce(profile_id, 0) desc,
        flags desc,
        sensor_id desc
    offset %(skip)s
    limit %(fetch)s
) as page;

-- name: instants_ascending
-- So many readings, and all others of the last one's instant: in which order they stand within an instant is
-- known once it is known what was believed of them.
-- The number is a subquery, which the planner can't look into: TimescaleDB has the sort of each chunk keep no more than
-- that number, although ties may be more, and the server then ends the statement (XX000).
select
    array_agg(time) as t_us,
    array_agg(raw) as raw,
    array_agg(coalesce(physical, 'NaN')) as physical,
    coalesce(min(profile_id), -1) as least_profile,
    case
        when max(profile_id) > min(profile_id) or count(profile_id) < count(*)
            then array_agg(coalesce(profile_id, -1))
    end as profile_id,
    case when bool_or(flags <> 0) then array_agg(flags) end as flags,
    array_agg(sensor_id) as sensor_id
from (
    select time, raw, physical, profile_id, coalesce(flags, 0::int2) as flags, sensor_id
    from readings_of_several(%(sensor_ids)s::int4[], %(from)s, %(to)s) as reading
    order by reading.time
    fetch first (select %(fetch)s::bigint) rows with ties
) as page;

-- name: instants_descending
select
    array_agg(time) as t_us,
    array_agg(raw) as raw,
    array_agg(coalesce(physical, 'NaN')) as physical,
    coalesce(min(profile_id), -1) as least_profile,
    case
        when max(profile_id) > min(profile_id) or count(profile_id) < count(*)
            then array_agg(coalesce(profile_id, -1))
    end as profile_id,
    case when bool_or(flags <> 0) then array_agg(flags) end as flags,
    array_agg(sensor_id) as sensor_id
from (
    select time, raw, physical, profile_id, coalesce(flags, 0::int2) as flags, sensor_id
    from readings_of_several(%(sensor_ids)s::int4[], %(from)s, %(to)s) as reading
    order by reading.time desc
    fetch first (select %(fetch)s::bigint) rows with ties
) as page;

-- name: at_once
-- A page of one of the statements above, which comes before as `page`, with all else that an answer takes: the names
-- of its profiles, and whether files may hold some of its readings, so that it has to be asked for in another way.
select
    page.*,
    named.profile_ids,
    named.profile_names,
    exists (
        select
        from archive_part
        where sensor_id = %(sensor_id)s and gone_at is null and first_time < %(to)s and last_time >= %(from)s
    ) as is_archived
from page
cross join lateral (
    select
        coalesce(array_agg(id), '{}') as profile_ids,
        coalesce(array_agg(public_id::text), '{}') as profile_names
    from conversion_profile
    where id = page.least_profile or id = any(page.profile_id)
) as named;

-- name: profiles
select id, public_id::text from conversion_profile where id = any(%(profile_ids)s);

-- name: chunks_within
-- How many chunks there are of a period's readings, from when until when. Rows and blocks have them of the same days.
select count(distinct range_start) as chunks, min(range_start) as first, max(range_end) as last
from timescaledb_information.chunks
where hypertable_schema = current_schema
    and hypertable_name in ('reading', 'reading_block')
    and range_end > %(from)s
    and range_start < %(to)s;
