-- What a backfill does to the timelines of sensors, and what their changes do to it.

-- name: open_scope
update backfill_scope set is_open = true where backfill_id = %(id)s;

-- name: lock
-- Of open backfills, whose windows and ends wait until the change is decided; dry runs too.
select from backfill_timeline
where backfill_id in (
    select scope.backfill_id
    from backfill_scope as scope
    join backfill on backfill.id = scope.backfill_id
    where scope.sensor_id = %(sensor_id)s
        and scope.during && %(changed)s::tstzmultirange
        and is_open(backfill.status)
)
order by backfill_id
for no key update;

-- name: against
-- An open backfill that can't follow a change of the timeline: it gives the range to one version, or puts back
-- what was there.
select backfill.public_id, backfill.status, backfill.undo_at is not null as is_undo
from backfill_scope as scope
join backfill on backfill.id = scope.backfill_id
where scope.sensor_id = %(sensor_id)s
    and scope.during && %(changed)s::tstzmultirange
    and scope.is_open
    and scope.backfill_id <> %(backfill_id)s
    and is_open(backfill.status)
    and (backfill.profile_id is not null or backfill.undo_at is not null)
order by backfill.id
limit 1;

-- name: follow
-- Windows that are done are done again where the timeline changes, and after them those of sensors that may
-- need these.
with touched as (
    select distinct scope.backfill_id
    from backfill_scope as scope
    join backfill on backfill.id = scope.backfill_id
    where scope.sensor_id = %(sensor_id)s
        and scope.during && %(changed)s::tstzmultirange
        and scope.backfill_id <> %(backfill_id)s
        and backfill.status in ('planned', 'running', 'paused')
        and backfill.undo_at is null
), told as (
    update backfill_timeline set has_changed = true
    from touched
    where backfill_timeline.backfill_id = touched.backfill_id
), own as (
    select touched.backfill_id, min(part.level) as level
    from touched
    join backfill_window as part on part.backfill_id = touched.backfill_id
    where %(sensor_id)s = any(part.sensor_ids) and part.during && %(changed)s::tstzmultirange
    group by touched.backfill_id
)
update backfill_window as part
set is_stale = true
from own
where part.backfill_id = own.backfill_id
    and part.done_at is not null
    and not part.is_stale
    and (
        (%(sensor_id)s = any(part.sensor_ids) and part.during && %(changed)s::tstzmultirange)
        or (
            part.level > own.level
            and upper(part.during) > coalesce(lower(%(changed)s::tstzmultirange), '-infinity')
        )
    );

-- name: scope_of_sensor
select coalesce(range_agg(during), '{}')::text as changed
from backfill_scope
where backfill_id = %(id)s and sensor_id = %(sensor_id)s;

-- name: set_before
update backfill
set timeline_before = (
    select coalesce(jsonb_agg(jsonb_build_object('profile_id', profile_id, 'during', during)), '[]')
    from profile_validity
    where sensor_id = %(sensor_id)s
)
where id = %(id)s;

-- name: maybe_made_before
-- Minutes of the range that is being taken in which the version may have made values before, day by day; roll-ups
-- know, and where they don't, any minute may be one. None, if it has never held.
with version as materialized (
    select id from conversion_profile where id = %(profile_id)s and first_held_at is not null
), taken as materialized (
    select unnest(
        (select range_agg(during) from backfill_scope where backfill_id = %(id)s)
        - coalesce((select range_agg(during) from profile_validity where profile_id = %(profile_id)s), '{}')
    ) as during
), dirty as materialized (
    select distinct minute
    from dirty_window
    where exists (select from version) and %(sensor_id)s = any(sensor_ids)
), day as materialized (
    select bucket as day
    from rollup
    where exists (select from version)
        and sensor_id = %(sensor_id)s
        and tier_s = 86400
        and %(profile_id)s between least_profile and greatest_profile
    union
    select time_bucket('1 day', bucket)
    from fold_due
    where exists (select from version) and %(sensor_id)s = any(sensor_ids)
), minute as (
    select found.bucket as minute
    from day
    cross join lateral (
        select bucket
        from rollup
        where sensor_id = %(sensor_id)s
            and tier_s = 60
            and bucket >= day.day
            and bucket < day.day + interval '1 day'
            and %(profile_id)s between least_profile and greatest_profile
        offset 0
    ) as found
    union
    select minute from dirty
)
select time_bucket('1 day', minute) as day, array_agg(minute order by minute) as minutes
from minute
where exists (
    select from taken where taken.during && tstzrange(minute.minute, minute.minute + interval '1 minute')
)
group by day
order by day;

-- name: note_made_before
insert into backfill_made_before (backfill_id, time, raw)
select %(id)s, found.time, found.raw
from unnest(%(minutes)s::timestamptz[]) as asked (minute)
cross join lateral (
    select time, raw
    from readings_of_span(
        %(sensor_id)s::int4,
        asked.minute,
        asked.minute + interval '1 minute',
        %(day)s,
        %(day)s::timestamptz + interval '1 day'
    ) as reading
    where profile_id = %(profile_id)s
    offset 0
) as found;

-- name: restore
-- Where the named version still holds what the backfill gave it, those hold again that did before.
with asked as (
    select range_agg(during) as ranges from backfill_scope where backfill_id = %(id)s
), gone as (
    delete from profile_validity where sensor_id = %(sensor_id)s returning profile_id, during
), given as (
    select asked.ranges * coalesce(
        (select range_agg(during) from gone where profile_id = %(profile_id)s), '{}'
    ) as ranges
    from asked
), pieces as (
    select gone.profile_id, unnest(tstzmultirange(gone.during) - given.ranges) as piece
    from gone cross join given
    union all
    select before.profile_id, unnest(tstzmultirange(before.during::tstzrange) * given.ranges)
    from backfill
    cross join given
    cross join jsonb_to_recordset(backfill.timeline_before) as before (profile_id int, during text)
    where backfill.id = %(id)s
), merged as (
    select profile_id, range_agg(piece) as ranges from pieces group by profile_id
)
insert into profile_validity (sensor_id, profile_id, during)
select %(sensor_id)s, profile_id, unnest(ranges)
from merged;
