-- Bounds of projects that are to be raised: below them nothing is kept.

-- What is still to be computed from readings below them, or taken out of these, holds the bounds back by a day: measures
-- and excursions can't be computed once readings are gone. Whatever has failed once holds nothing.
create or replace view overdue_bounds as
with due as (
    select
        id,
        raw_from,
        rollup_from,
        date_trunc('day', now() - raw_keep_days * interval '1 day', 'UTC') as raw_due,
        date_trunc('day', now() - rollup_keep_days * interval '1 day', 'UTC') as rollup_due
    from project
), bounds as (
    select
        due.id,
        due.raw_from,
        due.rollup_from,
        greatest(raw_from, raw_due - unfinished.holds) as raw_due,
        greatest(rollup_from, rollup_due - unfinished.holds) as rollup_due
    from due
    cross join lateral (
        select case when count(*) > 0 then interval '1 day' else interval '0' end as holds
        from (
            (
                select minute as at
                from dirty_window
                where minute >= raw_due - interval '1 day'
                    and minute < raw_due
                    and held_until is null
                    and exists (
                        select from sensor where project_id = due.id and sensor.id = any(dirty_window.sensor_ids)
                    )
                order by minute
                limit 1
            )
            union all
            select timestamptz 'epoch' + from_us * interval '1 microsecond'
            from excursion_due
            where project_id = due.id and held_until is null
            union all
            select lower(found.stretches)
            from measure_due as marked
            join measure_value as found on found.id = marked.value_id
            join measure on measure.id = found.measure_id
            where measure.project_id = due.id and marked.held_until is null
            union all
            select coalesce(lower(late.during), '-infinity')
            from recalibration_due as late
            join sensor on sensor.id = late.sensor_id
            where sensor.project_id = due.id and late.held_until is null
            union all
            select lower(stored.during)
            from import
            join import_stored as stored on stored.import_id = import.id
            where import.project_id = due.id and import.status = 'undoing' and import.undo_held_until is null
        ) as waiting
        where at < raw_due
    ) as unfinished
    where raw_due > coalesce(raw_from, '-infinity') or rollup_due > coalesce(rollup_from, '-infinity')
)
select id, raw_from, rollup_from, raw_due, rollup_due
from bounds
where raw_due is distinct from raw_from or rollup_due is distinct from rollup_from;
