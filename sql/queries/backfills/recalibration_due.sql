-- Readings of one sensor that are to be converted again, because auxiliaries arrived late.

-- name: next
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

-- name: hold
update recalibration_due set held_until = now() + %(hold_s)s * interval '1 second' where id = %(due_id)s;

-- name: drop
delete from recalibration_due where id = %(due_id)s;

-- name: shorten
update recalibration_due
set during = tstzrange(%(from)s, upper(during), case when upper_inc(during) then '[]' else '[)' end)
where id = %(due_id)s;

-- name: first_of
-- The time after the first so many readings of a stretch; NULL if there are no more.
select time
from oldest_readings(%(sensor_id)s::int4, %(from)s, %(to)s, %(readings)s::int8 + 1, false) as reading
order by time
offset %(readings)s
limit 1;
