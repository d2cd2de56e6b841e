-- Events: what happened in a project, written in the transaction in which it happened.

-- name: record
insert into event (project_id, kind, payload) values (%(project_id)s, %(type)s, %(data)s);

-- name: list
-- Planned for its parameters each time.
select id as position, public_id as id, kind as type, created_at as time, payload as data
from event
where project_id = %(project_id)s
    and (%(types)s::text[] is null or kind = any(%(types)s))
    and (%(from)s::timestamptz is null or created_at >= %(from)s)
    and (%(to)s::timestamptz is null or created_at < %(to)s)
    and id < %(before)s
order by event.id desc
limit %(fetch)s;

-- name: follow
-- Of what `until` sees, what a position did not, or what is of a time or later. What is older than the server's start
-- was written by transactions that have ended; in a restored database their numbers mean nothing.
select id as position, public_id as id, kind as type, created_at as time, payload as data
from event
where project_id = %(project_id)s
    and created_at >= timestamptz 'epoch' + %(from_us)s::int8 * interval '1 microsecond'
    and (%(next)s::xid8 is null or xid >= %(next)s::xid8 or xid = any(%(running)s::xid8[]))
    and (
        created_at < pg_postmaster_start_time()
        or pg_visible_in_snapshot(xid, %(until)s::pg_snapshot)
    )
    and (%(told)s::int8 is null or id > %(told)s)
order by event.id
offset %(count)s
limit %(fetch)s;

-- name: follow_all
-- The same of all projects.
select
    event.id as position,
    event.public_id as id,
    event.kind as type,
    event.created_at as time,
    event.payload as data,
    project.public_id as project_id
from event
join project on project.id = event.project_id
where event.created_at >= timestamptz 'epoch' + %(from_us)s::int8 * interval '1 microsecond'
    and (%(next)s::xid8 is null or event.xid >= %(next)s::xid8 or event.xid = any(%(running)s::xid8[]))
    and (
        event.created_at < pg_postmaster_start_time()
        or pg_visible_in_snapshot(event.xid, %(until)s::pg_snapshot)
    )
    and (%(told)s::int8 is null or event.id > %(told)s)
order by event.id
offset %(count)s
limit %(fetch)s;

-- name: pruned
-- Up to when events have gone that a place has not been told of; no row: none have. Transactions of another server mean
-- nothing, but their times do.
select until
from event_pruned
where project_id = %(project_id)s
    and until >= timestamptz 'epoch' + %(from_us)s::int8 * interval '1 microsecond'
    and (%(next)s::xid8 is null or xid >= %(next)s::xid8 or xid >= any(%(running)s::xid8[]));

-- name: tell_pruned
-- An event for each project of which a consumer has missed some, once.
insert into event (project_id, kind, payload)
select
    project_id,
    'events.gone',
    jsonb_build_object('consumer', %(name)s::text, 'until', event_time(until))
from event_pruned
where until >= timestamptz 'epoch' + %(from_us)s::int8 * interval '1 microsecond'
    and (%(next)s::xid8 is null or xid >= %(next)s::xid8 or xid >= any(%(running)s::xid8[]))
    and not exists (
        select
        from event
        where event.project_id = event_pruned.project_id
            and kind = 'events.gone'
            and payload = jsonb_build_object('consumer', %(name)s::text, 'until', event_time(until))
    )
order by project_id;

-- name: find_consumer
-- Nobody else moves it until the transaction ends.
select place, told_at from event_consumer where name = %(name)s for update;

-- name: move_consumer
insert into event_consumer (name, place, told_at)
values (%(name)s, %(place)s, timestamptz 'epoch' + %(told_us)s::int8 * interval '1 microsecond')
on conflict (name) do update set place = excluded.place, told_at = excluded.told_at, seen_at = now();

-- name: lead
-- One process carries events for a consumer; its lock ends with its connection.
select pg_try_advisory_lock(66, %(number)s) as leads;
