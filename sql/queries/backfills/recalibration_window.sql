-- Windows: claimed, cut again if they have grown, and done. Each is one REPEATABLE READ transaction.

-- name: claim
-- A window of the lowest level that is not done yet, with its sensors that have not been deleted. The status is looked at in the window's own snapshot:
-- a cancellation updates the windows that are left, which this transaction then fails on.
select
    part.id,
    part.level,
    part.is_stale,
    array(select id from sensor where id = any(part.sensor_ids) order by id) as sensor_ids,
    (extract(epoch from lower(part.during)) * 1000000)::int8 as from_us,
    (extract(epoch from upper(part.during)) * 1000000)::int8 as to_us
from backfill_window as part
join backfill on backfill.id = part.backfill_id
where part.backfill_id = %(id)s
    and backfill.status = 'running'
    and (part.done_at is null or part.is_stale)
    and part.level = (
        select min(level) from backfill_window
        where backfill_id = %(id)s and (done_at is null or is_stale)
    )
order by part.id
limit 1
for update of part skip locked;

-- name: claim_done
-- One to undo. Auxiliaries come first here too: late readings of their dependants are converted anew.
select
    part.id,
    part.level,
    part.is_stale,
    array(select id from sensor where id = any(part.sensor_ids) order by id) as sensor_ids,
    (extract(epoch from lower(part.during)) * 1000000)::int8 as from_us,
    (extract(epoch from upper(part.during)) * 1000000)::int8 as to_us
from backfill_window as part
join backfill on backfill.id = part.backfill_id
where part.backfill_id = %(id)s
    and backfill.status = 'undoing'
    and part.done_at is not null
    and part.undone_at is null
    and part.level = (
        select min(level) from backfill_window
        where backfill_id = %(id)s and done_at is not null and undone_at is null
    )
order by part.id
limit 1
for update of part skip locked;

-- name: is_beyond
-- Whether there are more than so many readings. Counted only if roll-ups, and what waits to be rolled up, say
-- that there may be: they tell of all readings in the seconds or minutes that the stretch touches.
select
    (
        select coalesce(sum(raw_count), 0)
        from rollup
        where sensor_id = any(%(sensor_ids)s::int4[])
            and tier_s = 1
            and bucket > %(from)s::timestamptz - interval '1 second'
            and bucket < %(to)s
    ) + (
        select coalesce(sum(raw_count), 0)
        from rollup
        where sensor_id = any(%(sensor_ids)s::int4[])
            and tier_s = 60
            and not has_seconds
            and bucket > %(from)s::timestamptz - interval '1 minute'
            and bucket < %(to)s
    ) + (
        select coalesce(sum(coalesce(readings, %(max_readings)s + 1)), 0)
        from dirty_window
        where minute > %(from)s::timestamptz - interval '1 minute'
            and minute < %(to)s
            and sensor_ids && %(sensor_ids)s::int4[]
    ) > %(max_readings)s
    and exists (
        select
        from readings_of_several(%(sensor_ids)s::int4[], %(from)s, %(to)s) as reading
        offset %(max_readings)s
        limit 1
    ) as is_beyond;

-- name: shrink_window
update backfill_window
set sensor_ids = %(sensor_ids)s::int4[], during = tstzrange(%(from)s, %(to)s), readings = %(readings)s
where id = %(window_id)s
returning id;

-- name: add_piece
insert into backfill_window (
    backfill_id, level, sensor_ids, during, readings, done_at, is_stale, is_overtaken
)
select
    backfill_id,
    level,
    %(sensor_ids)s::int4[],
    tstzrange(%(from)s, %(to)s),
    %(readings)s,
    done_at,
    is_stale,
    is_overtaken
from backfill_window
where id = %(window_id)s
returning id;

-- name: take_saved
delete from backfill_saved where window_id = %(window_id)s returning project_id, replaced_at, columns, became;

-- name: save_piece
insert into backfill_saved (project_id, window_id, sensor_ids, during, replaced_at, columns, became)
values (
    %(project_id)s,
    %(window_id)s,
    %(sensor_ids)s::int4[],
    tstzrange(%(from)s, %(to)s),
    %(replaced_at)s,
    %(columns)s,
    %(became)s
);

-- name: keep_timeline
-- Comes last in a window's transaction. Fails if the timeline has changed since it began; if it is being changed,
-- waits for that, and then fails.
select from backfill_timeline where backfill_id = %(id)s for share;

-- name: set_done
update backfill_window
set done_at = clock_timestamp(), is_stale = false, readings = %(readings)s, busy_s = %(busy_s)s
where id = %(window_id)s;

-- name: set_undone
-- Where an earlier release has noted that auxiliaries came since, what was put back is converted again.
with undone as (
    update backfill_window
    set undone_at = clock_timestamp(), busy_s = %(busy_s)s
    where id = %(window_id)s
    returning sensor_ids, during, is_overtaken
)
insert into recalibration_due (sensor_id, during)
select unnest(sensor_ids), during from undone where is_overtaken;

-- name: add_effect
insert into backfill_effect (
    window_id, sensor_id, readings, changed, compared, change_sum, change_max, flags_set, flags_cleared
)
select %(window_id)s, effect.*
from unnest(
    %(sensor_id)s::int4[], %(readings)s::int4[], %(changed)s::int4[], %(compared)s::int4[],
    %(change_sum)s::float8[], %(change_max)s::float8[], %(flags_set)s::int4[], %(flags_cleared)s::int4[]
) as effect
on conflict (window_id, sensor_id) do update
set
    readings = excluded.readings,
    changed = excluded.changed,
    compared = excluded.compared,
    change_sum = excluded.change_sum,
    change_max = excluded.change_max,
    flags_set = excluded.flags_set,
    flags_cleared = excluded.flags_cleared;

-- name: queue_dependants
-- Sensors that need what has changed: but not within the same backfill, whose later windows convert them.
-- Whether there are readings of them is not looked at: one that is being stored now can't be seen from here.
insert into recalibration_due (sensor_id, during)
select late.sensor_id, stretch
from (
    select
        touched.sensor_id,
        tstzmultirange(tstzrange(
            timestamptz 'epoch' + from_us * interval '1 microsecond',
            timestamptz 'epoch' + to_us * interval '1 microsecond',
            '[]'
        )) - coalesce(
            (
                select range_agg(part.during)
                from backfill_window as part
                join backfill on backfill.id = part.backfill_id
                where part.backfill_id = %(backfill_id)s
                    and part.level > %(level)s
                    and touched.sensor_id = any(part.sensor_ids)
                    and case
                        when backfill.undo_at is null then part.done_at is null or part.is_stale
                        else part.done_at is not null and part.undone_at is null
                    end
            ),
            '{}'
        ) as stretches
    from unnest(%(sensor_ids)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[])
        as touched (sensor_id, from_us, to_us)
) as late
cross join unnest(late.stretches) as stretch;
