-- Imports: files of readings from the past. Class 8 of the two-key advisory locks keeps each to one worker.

-- name: create
insert into import (project_id, file_name, size_bytes, sha256, created_by)
values (%(project_id)s, %(file_name)s, %(size_bytes)s, %(sha256)s, %(created_by)s)
returning public_id;

-- name: item
select * from import_item where id = %(public_id)s;

-- name: list
select *
from import_item
where in_project = %(project_id)s and position < %(before)s
order by position desc
limit %(fetch)s;

-- name: lock
select id, public_id, project_id, file_name, size_bytes, received_bytes, sha256, status, version
from import
where id = %(id)s
for update;

-- name: receive
update import
set received_bytes = %(received_bytes)s,
    status = case when %(received_bytes)s = size_bytes then 'ready' else status end,
    version = version + 1, updated_at = now()
where id = %(id)s;

-- name: same_file
select public_id
from import
where project_id = %(project_id)s and sha256 = %(sha256)s and id <> %(id)s
    and status in ('running', 'paused', 'finished')
limit 1;

-- name: start
update import
set status = 'running', how = %(how)s, factors = %(factors)s,
    batch_rows = %(batch_rows)s, started_at = coalesce(started_at, now()),
    attempts = 0, failure = '', ended_at = null, version = version + 1, updated_at = now()
where id = %(id)s;

-- name: move
update import
set status = %(status)s,
    attempts = 0,
    failure = case when %(status)s = 'running' then '' else failure end,
    ended_at = case when %(status)s = 'cancelled' then now() end,
    version = version + 1, updated_at = now()
where id = %(id)s;

-- name: waiting
-- Those that nobody works on, of the project first whose last turn is longest ago. A lock of somebody who died
-- is gone with their connection.
select import.id, import.project_id
from import
left join project_turn as turn on turn.work = 'import' and turn.project_id = import.project_id
where import.status = 'running' and not exists (
    select
    from pg_locks
    where locktype = 'advisory' and classid = 8 and objid = import.id::oid and objsubid = 2
        and database = (select oid from pg_database where datname = current_database())
)
order by turn.taken_at nulls first, import.id;

-- name: take_turn
insert into project_turn (work, project_id) values ('import', %(project_id)s)
on conflict (work, project_id) do update set taken_at = clock_timestamp();

-- name: lock_room
-- One announcement at a time, of all projects: each counts what the others have announced.
select pg_advisory_xact_lock(230, 0);

-- name: announced
-- Files that are kept, as `keeping_files` says: of the project in all, and of all projects what is still to come.
select
    coalesce(sum(size_bytes) filter (where project_id = %(project_id)s), 0)::int8 as project_bytes,
    coalesce(sum(size_bytes - received_bytes), 0)::int8 as coming_bytes
from import
where status in ('ready', 'running', 'paused')
    or (status in ('uploading', 'failed') and updated_at > now() - interval '7 days');

-- name: try_lock
select pg_try_advisory_lock(8, %(id)s) as is_ours;

-- name: take
update import
set attempts = attempts + 1
where id = %(id)s and status = 'running'
returning
    id, public_id, project_id, sha256, how, factors, batch_rows, rows_total, attempts;

-- name: give_back_attempt
update import set attempts = greatest(attempts - 1, 0) where id = %(id)s;

-- name: found
update import
set rows_total = %(rows_total)s, sha256 = %(sha256)s, version = version + 1, updated_at = now()
where id = %(id)s;

-- name: progress
select rows_done, pieces_done, accepted, empty, rejected, unreadable, unreadable_rows
from import
where id = %(id)s;

-- name: advance
-- In the transaction of the piece's readings; no row, and no piece, once the import was paused or ended.
update import
set rows_done = %(rows_done)s, pieces_done = %(pieces_done)s, accepted = %(accepted)s, empty = %(empty)s,
    rejected = %(rejected)s, unreadable = %(unreadable)s, unreadable_rows = %(unreadable_rows)s,
    attempts = 0, version = version + 1, updated_at = now()
where id = %(id)s and status = 'running'
returning id;

-- name: finish
update import
set status = %(status)s, failure = %(failure)s, ended_at = now(), version = version + 1, updated_at = now()
where id = %(id)s and status = 'running';

-- name: keeping_files
-- Imports whose files may still be asked for. One that ended can be looked into for a week if it failed.
select public_id::text
from import
where status in ('ready', 'running', 'paused')
    or (status in ('uploading', 'failed') and updated_at > now() - interval '7 days');
