-- What readings were before a backfill rewrote them, for its undo.

-- name: taken
-- What of a window the backfill took from other versions: what its own has made there arrived since, or before.
select
    coalesce(array_agg((extract(epoch from lower(piece)) * 1000000)::int8 order by piece), '{}') as from_us,
    coalesce(array_agg((extract(epoch from upper(piece)) * 1000000)::int8 order by piece), '{}') as to_us
from (
    select unnest(
        tstzmultirange(tstzrange(%(from)s, %(to)s)) * range_agg(scope.during) - coalesce(
            (
                select range_agg(before.during::tstzrange)
                from backfill
                cross join jsonb_to_recordset(backfill.timeline_before) as before (profile_id int, during text)
                where backfill.id = %(id)s and before.profile_id = backfill.profile_id
            ),
            '{}'
        )
    ) as piece
    from backfill_scope as scope
    where scope.backfill_id = %(id)s
) as pieces;

-- name: made_before
select coalesce(array_agg(time), '{}') as t_us, coalesce(array_agg(raw), '{}') as raw
from backfill_made_before
where backfill_id = %(id)s and time >= %(from)s and time < %(to)s;

-- name: saved
-- What the window itself replaced; an undo saves too, later.
select id, columns, became from backfill_saved where window_id = %(window_id)s order by id limit 1;

-- name: saved_since
-- What has replaced readings of these after that, the last first. Without a window: because of auxiliaries.
select
    later.columns,
    later.became,
    later.window_id is null as is_due,
    coalesce(backfill.profile_id, -1) as profile_id
from backfill_saved as own
join backfill_saved as later
    on later.project_id = own.project_id
    and later.replaced_at > own.replaced_at
    and later.during && own.during
    and later.sensor_ids && own.sensor_ids
left join backfill_window as part on part.id = later.window_id
left join backfill on backfill.id = part.backfill_id
where own.id = %(id)s
order by later.replaced_at desc, later.id desc;

-- name: versions
-- Also those that hold nowhere any more.
select
    id as profile_id,
    sensor_id,
    kind,
    payload,
    null::timestamptz as valid_from,
    null::timestamptz as valid_to
from conversion_profile
where id = any(%(profile_ids)s::int4[])
order by id;
