-- Stored readings of some sensors in a range of time: read, and written anew.

-- name: read_by_index
-- Whatever the statistics say. Of chunks in the columnstore as many rows may be rewritten as a window has, and a page of
-- readings is put in order in memory.
select
    set_config('enable_seqscan', 'off', true),
    set_config('work_mem', '32MB', true),
    set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true);

-- name: read
-- As arrays, those of all sensors strung together: COPY, a message for every row, takes ten times as long. A sensor's are
-- in no order: whoever asks brings them into one. Versions are spelled out only of sensors with several, flags of those with any.
select
    array_agg(asked.sensor_id) as sensor_id,
    array_agg(readings::int4) as readings,
    string_agg(array_send(t_us), '') as t_us,
    string_agg(array_send(raw), '') as raw,
    string_agg(array_send(physical), '') as physical,
    array_agg(coalesce(least_profile, -1)) as least_profile,
    array_agg(profile_id is not null) as has_profiles,
    string_agg(array_send(profile_id), '') as profile_id,
    array_agg(flags is not null) as has_flags,
    string_agg(array_send(flags), '') as flags
from unnest(%(sensor_ids)s::int4[]) as asked (sensor_id)
cross join lateral (
    select
        count(*) as readings,
        array_agg(time) as t_us,
        array_agg(raw) as raw,
        array_agg(coalesce(physical, 'NaN')) as physical,
        min(profile_id) as least_profile,
        case
            when max(profile_id) > min(profile_id) or count(profile_id) < count(*)
                then array_agg(coalesce(profile_id, -1))
        end as profile_id,
        case when bool_or(flags <> 0) then array_agg(coalesce(flags, 0::int2)) end as flags
    from readings_of(asked.sensor_id, %(from)s, %(to)s) as reading
) as stored
where readings > 0;

-- name: delete
-- After `read`, in its snapshot: so these are the rows it returned, or this fails. `block.delete` does the same for blocks.
delete from reading
where sensor_id = any(%(sensor_ids)s::int4[]) and time >= %(from)s and time < %(to)s;

-- name: save
-- Commit stamps the moment.
insert into backfill_saved (project_id, window_id, sensor_ids, during, replaced_at, columns, became)
values (
    %(project_id)s,
    %(window_id)s::int8,
    %(sensor_ids)s::int4[],
    tstzrange(%(from)s, %(to)s),
    'infinity',
    %(columns)s,
    %(became)s
);
