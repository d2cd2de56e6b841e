-- The worker's part of backfills: planning windows, rewriting them, undoing that.
-- Every window is one REPEATABLE READ transaction.

-- name: open
-- The most urgent first; equals take turns. Of those that are paused there is nothing to do.
select id, status <> 'paused' as has_work
from backfill
where status in ('planned', 'running', 'paused', 'undoing')
order by priority desc, random();

-- name: look
select
    project_id,
    status,
    planned_at is not null as is_planned,
    is_dry_run,
    profile_id,
    share,
    greatest(extract(epoch from rest_until - clock_timestamp()), 0)::float8 as rest_s,
    timeline_before is not null as has_taken
from backfill
where id = %(id)s and status in ('planned', 'running', 'undoing');

-- name: rest
-- After work of so long. What several workers do at once adds up.
update backfill
set rest_until = greatest(rest_until, clock_timestamp() - %(busy_s)s * interval '1 second')
    + %(busy_s)s / share * interval '1 second'
where id = %(id)s;

-- name: holdings
-- What the named version is to hold.
select
    scope.sensor_id,
    backfill.profile_id,
    lower(scope.during) as valid_from,
    upper(scope.during) as valid_to
from backfill
join backfill_scope as scope on scope.backfill_id = backfill.id
where backfill.id = %(id)s;

-- name: lock_planned
select planned_until
from backfill
where id = %(id)s and planned_at is null and status in ('planned', 'running', 'undoing')
for no key update skip locked;

-- name: chunks
-- The next of those that it is about. Few at a time: whoever looks at one holds it.
select range_start, range_end
from timescaledb_information.chunks
where hypertable_schema = current_schema
    and hypertable_name = 'reading'
    and (%(after)s::timestamptz is null or range_start >= %(after)s)
    and exists (
        select from backfill_scope
        where backfill_id = %(id)s and during && tstzrange(range_start, range_end)
    )
order by range_start
limit %(chunks)s;

-- name: first_reading
-- Of its sensors in a stretch of time; NULL if there is none.
select min(first.time)
from backfill_scope as scope
cross join lateral (
    select time
    from reading
    where sensor_id = scope.sensor_id
        and time >= coalesce(lower(scope.during), '-infinity')
        and time < coalesce(upper(scope.during), 'infinity')
        -- Constants, by which chunks are left out.
        and time >= %(from)s
        and time < %(to)s
    order by time
    limit 1
) as first
where scope.backfill_id = %(id)s and scope.during && tstzrange(%(from)s, %(to)s);

-- name: scope
-- What it has in a chunk: sensors with the same stretch of time together. An undo plans once more, and so does
-- a backfill whose timeline has changed, for what has arrived where no window is.
select lower(stretch) as starts_at, upper(stretch) as ends_at, array_agg(sensor_id order by sensor_id) as sensor_ids
from (
    select sensor_id, during * tstzrange(%(from)s, %(to)s) as stretch
    from backfill_scope
    where backfill_id = %(id)s and during && tstzrange(%(from)s, %(to)s)
) as shared
where not exists (
    select from backfill_window as planned
    where planned.backfill_id = %(id)s
        and shared.sensor_id = any(planned.sensor_ids)
        and shared.stretch && planned.during
)
group by stretch
order by stretch;

-- name: count_minutes
-- Readings by minutes: those to rewrite, and with those that converting them reads. Roll-ups know; counted
-- are minutes that wait to be rolled up, and those that lie here only in part.
with uncertain as materialized (
    -- Of whichever sensors: thousands of these, compared with thousands, would take longer than the readings.
    select minute
    from dirty_window
    where minute > %(from)s::timestamptz - interval '1 minute' and minute < %(to)s
    union
    select time_bucket('1 minute', edge)
    from unnest(array[%(from)s::timestamptz, %(to)s::timestamptz]) as edge
    where edge <> time_bucket('1 minute', edge)
), stretch as materialized (
    select
        greatest(min(minute), %(from)s) as starts_at,
        least(max(minute) + interval '1 minute', %(to)s) as ends_at
    from (
        select minute, minute - row_number() over (order by minute) * interval '1 minute' as run
        from uncertain
    ) as numbered
    group by run
), counted as (
    select
        bucket,
        coalesce(sum(raw_count) filter (where sensor_id = any(%(sensor_ids)s::int4[])), 0)::int8 as own,
        sum(raw_count)::int8 as weight
    from rollup
    where sensor_id = any(%(sensor_ids)s::int4[] || %(auxiliary_ids)s::int4[])
        and tier_s = 60
        and bucket >= %(from)s
        and bucket < %(to)s
        and bucket not in (select minute from uncertain)
    group by bucket
    union all
    select found.bucket, found.own, found.weight
    from stretch
    cross join lateral (
        select
            time_bucket('1 minute', time) as bucket,
            count(*) filter (where sensor_id = any(%(sensor_ids)s::int4[])) as own,
            count(*) as weight
        from reading
        where sensor_id = any(%(sensor_ids)s::int4[] || %(auxiliary_ids)s::int4[])
            and time >= stretch.starts_at
            and time < stretch.ends_at
            -- Constants, by which chunks are left out.
            and time >= %(from)s
            and time < %(to)s
        group by bucket
        offset 0
    ) as found
)
select
    array_agg((extract(epoch from bucket) * 1000000)::int8 order by bucket) as bucket_us,
    array_agg(own order by bucket) as own,
    array_agg(weight order by bucket) as weight
from counted;

-- name: count_seconds
-- The same by seconds, of a stretch whose readings all lie in one minute. Roll-ups know those of sensors
-- whose seconds they keep.
with known as materialized (
    select sensor_id
    from rollup
    where sensor_id = any(%(sensor_ids)s::int4[] || %(auxiliary_ids)s::int4[])
        and tier_s = 60
        and bucket = %(minute)s
        and has_seconds
        and %(minute)s >= %(from)s
        and %(minute)s <= %(to)s::timestamptz - interval '1 minute'
        and not exists (select from dirty_window where minute = %(minute)s)
), counted as (
    select bucket, sensor_id, raw_count as readings
    from rollup
    where sensor_id = any(array(select sensor_id from known))
        and tier_s = 1
        and bucket >= %(minute)s
        and bucket < %(minute)s::timestamptz + interval '1 minute'
    union all
    select time_bucket('1 second', time) as bucket, sensor_id, count(*)
    from reading
    where sensor_id = any(array(
            select unnest(%(sensor_ids)s::int4[] || %(auxiliary_ids)s::int4[])
            except
            select sensor_id from known
        ))
        and time >= %(from)s
        and time < %(to)s
    group by bucket, sensor_id
)
select
    array_agg((extract(epoch from bucket) * 1000000)::int8 order by bucket) as bucket_us,
    array_agg(own order by bucket) as own,
    array_agg(weight order by bucket) as weight
from (
    select
        bucket,
        coalesce(sum(readings) filter (where sensor_id = any(%(sensor_ids)s::int4[])), 0)::int8 as own,
        sum(readings)::int8 as weight
    from counted
    group by bucket
) as by_second;

-- name: count_by_sensor
select array_agg(sensor_id order by sensor_id) as sensor_id, array_agg(readings order by sensor_id) as readings
from (
    select sensor_id, count(*) as readings
    from reading
    where sensor_id = any(%(sensor_ids)s::int4[]) and time >= %(from)s and time < %(to)s
    group by sensor_id
) as counted;

-- name: add_window
-- Done, if it is an undo's.
insert into backfill_window (backfill_id, level, sensor_ids, during, readings, done_at)
select
    id,
    %(level)s,
    %(sensor_ids)s::int4[],
    tstzrange(%(from)s, %(to)s),
    %(readings)s,
    case when undo_at is not null then clock_timestamp() end
from backfill
where id = %(id)s;

-- name: set_planned_until
update backfill set planned_until = %(until)s, attempts = 0 where id = %(id)s;

-- name: begin_work
update backfill
set
    status = case status when 'planned' then 'running' else status end,
    planned_at = now(),
    started_at = coalesce(started_at, now()),
    version = version + 1,
    updated_at = now()
where id = %(id)s and planned_at is null and status in ('planned', 'running', 'undoing');

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
        select coalesce(sum(coalesce(readings, %(most)s + 1)), 0)
        from dirty_window
        where minute > %(from)s::timestamptz - interval '1 minute'
            and minute < %(to)s
            and sensor_ids && %(sensor_ids)s::int4[]
    ) > %(most)s
    and exists (
        select from reading
        where sensor_id = any(%(sensor_ids)s::int4[]) and time >= %(from)s and time < %(to)s
        offset %(most)s
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

-- name: read_in_order
-- And of chunks in the columnstore, as many rows may be rewritten as a window has.
select
    set_config('enable_sort', 'off', true),
    set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true);

-- name: read
-- As arrays, a sensor's in order of time, those of all sensors strung together: COPY, a message for every
-- row, takes ten times as long. Versions are spelled out only of sensors with several, flags of those with any.
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
        case when count(flags) > 0 then array_agg(coalesce(flags, 0::int2)) end as flags
    from (
        select *
        from reading
        where reading.sensor_id = asked.sensor_id and time >= %(from)s and time < %(to)s
        order by time
    ) as ordered
) as stored
where readings > 0;

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

-- name: delete
-- After `read`, in its snapshot: so these are the rows it returned, or this fails.
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

-- name: note_failure
-- What fails for no passing reason is tried a few times; then the backfill has failed. Without a window, it is
-- the plan.
with failed as (
    update backfill_window set attempts = attempts + 1 where id = %(window_id)s returning attempts
)
update backfill
set
    error = %(error)s,
    attempts = attempts + case when %(window_id)s::bigint is null then 1 else 0 end,
    updated_at = now()
where id = %(id)s
returning coalesce((select attempts from failed), attempts) as attempts;

-- name: fail
update backfill
set status = 'failed', finished_at = now(), version = version + 1, updated_at = now()
where id = %(id)s and status in ('running', 'undoing', 'planned')
returning public_id;

-- name: keep_timeline
-- Comes last in a window's transaction. Fails if the timeline has changed since it began; if it is being changed,
-- waits for that, and then fails.
select from backfill_timeline where backfill_id = %(id)s for share;

-- name: lock_timeline
select has_changed from backfill_timeline where backfill_id = %(id)s for no key update;

-- name: plan_again
-- Readings of the old timeline may lie where no window is: they arrived after that time was planned.
with again as (
    update backfill
    set planned_at = null, planned_until = null
    where id = %(id)s and status = 'running'
    returning id
)
update backfill_timeline set has_changed = false
from again
where backfill_timeline.backfill_id = again.id
returning again.id;

-- name: finish
-- If nothing is left. The last two workers may both find that; one of them updates the row.
update backfill
set
    status = case status when 'undoing' then 'undone' else 'finished' end,
    finished_at = clock_timestamp(),
    error = null,
    version = version + 1,
    updated_at = now()
where id = %(id)s
    and (
        (status = 'running' and not exists (
            select from backfill_window
            where backfill_id = %(id)s and (done_at is null or is_stale)
        ))
        or (status = 'undoing' and not exists (
            select from backfill_window
            where backfill_id = %(id)s and done_at is not null and undone_at is null
        ))
    )
returning public_id;

-- name: note_end
insert into audit_entry (project_id, actor, action, subject_id, after)
select
    project_id,
    'barograph',
    'backfill.end',
    public_id,
    jsonb_strip_nulls(jsonb_build_object('status', status, 'error', error))
from backfill
where id = %(id)s;

-- name: due
-- Stretches of one sensor that are to be converted again.
select due.id, due.sensor_id, due.during, sensor.project_id
from recalibration_due as due
join sensor on sensor.id = due.sensor_id
where due.held_until is null or due.held_until < now()
order by due.id
limit 1
for update of due skip locked;

-- name: wait_for_windows
-- Those that convert the same readings now, from an older snapshot: this waits for them, and then begins again.
select part.id
from backfill_window as part
join backfill on backfill.id = part.backfill_id
where backfill.status in ('running', 'undoing')
    and not backfill.is_dry_run
    and (part.done_at is null or part.is_stale or backfill.undo_at is not null)
    and part.undone_at is null
    and %(sensor_id)s = any(part.sensor_ids)
    and part.during && tstzrange(%(from)s, %(to)s)
order by part.id
for share of part;

-- name: hold_due
update recalibration_due set held_until = now() + %(hold_s)s * interval '1 second' where id = %(due_id)s;

-- name: drop_due
delete from recalibration_due where id = %(due_id)s;

-- name: shorten_due
update recalibration_due
set during = tstzrange(%(from)s, upper(during), case when upper_inc(during) then '[]' else '[)' end)
where id = %(due_id)s;

-- name: first_of
-- The time after the first so many readings of a stretch; NULL if there are no more.
select time
from reading
where sensor_id = %(sensor_id)s and time >= %(from)s and time < %(to)s
order by time
offset %(readings)s
limit 1;

-- name: stranded
-- Backfills that have ended while one that touched the same sessions ended too: each took the other for open.
select distinct backfill.id
from backfill_session as touched
join backfill on backfill.id = touched.backfill_id
join capture_session as session on session.id = touched.capture_session_id
where session.status = 'backfilling'
    and not exists (
        select
        from backfill_session as others
        join backfill on backfill.id = others.backfill_id
        where others.capture_session_id = session.id and is_open(backfill.status)
    );

-- name: expire_saved
-- With the raw data: what lies before the first chunk that is left. That something was replaced, and when,
-- is known for ever.
update backfill_saved
set columns = '', became = null
where upper(during) <= (
        select min(range_start)
        from timescaledb_information.chunks
        where hypertable_schema = current_schema and hypertable_name = 'reading'
    )
    and octet_length(columns) > 0;
