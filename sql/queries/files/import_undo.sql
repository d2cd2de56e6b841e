-- What imports have stored, and taking it out again. `backfill/imports/undo.py` says in which order.

-- name: record
-- In the transaction of the readings.
insert into import_stored (import_id, readings, during, columns)
values (%(import_id)s, %(readings)s, tstzrange(%(first)s, %(last)s, '[]'), %(columns)s);

-- name: standing
-- Whether an import can be undone: of how many of its readings a record is left, and when the first of them was. Below
-- `raw_from` nothing can be taken out any more.
select
    import.accepted,
    import.ended_at,
    coalesce(stored.readings, 0)::int8 as recorded,
    stored.first,
    project.raw_from
from import
join project on project.id = import.project_id
cross join lateral (
    select sum(readings) as readings, min(lower(during)) as first
    from import_stored
    where import_id = import.id
) as stored
where import.id = %(id)s;

-- name: begin
update import
set status = 'undoing', failure = '', undo_held_until = null, version = version + 1, updated_at = now()
where id = %(id)s;

-- name: waiting
-- Undos that nobody works on, of the project first whose last turn is longest ago.
select import.id, import.project_id
from import
left join project_turn as turn on turn.work = 'import' and turn.project_id = import.project_id
where import.status = 'undoing'
    and (import.undo_held_until is null or import.undo_held_until < now())
    and not exists (
        select
        from pg_locks
        where locktype = 'advisory' and classid = 8 and objid = import.id::oid and objsubid = 2
            and database = (select oid from pg_database where datname = current_database())
    )
order by turn.taken_at nulls first, import.id;

-- name: lock_catalog
-- For the session: the snapshot of the transaction that follows then sees the catalog that holds.
select pg_advisory_lock_shared(1, %(project_id)s);

-- name: unlock_catalog
select pg_advisory_unlock_shared(1, %(project_id)s);

-- name: claim
-- One piece's record, which goes with the readings.
delete from import_stored
where id = (
    select stored.id
    from import_stored as stored
    join import on import.id = stored.import_id
    where stored.import_id = %(id)s and import.status = 'undoing'
    order by stored.id
    limit 1
)
returning columns;

-- name: advance
update import
set removed = removed + %(removed)s, failure = '', version = version + 1, updated_at = now()
where id = %(id)s;

-- name: finish
update import
set status = 'undone', failure = '', undone_at = now(), version = version + 1, updated_at = now()
where id = %(id)s and status = 'undoing' and not exists (select from import_stored where import_id = %(id)s);

-- name: hold
update import
set failure = %(failure)s, undo_held_until = now() + %(hold_s)s * interval '1 second',
    version = version + 1, updated_at = now()
where id = %(id)s and status = 'undoing';
