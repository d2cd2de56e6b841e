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
