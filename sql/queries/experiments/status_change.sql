-- History: every change of status, as it was written.

-- name: list
select
    id as position,
    from_status as from,
    to_status as to,
    actor_id as actor,
    actor as actor_name,
    role,
    at,
    reason
from status_change
where kind = %(kind)s and subject_id = %(subject_id)s and id < %(before)s
order by id desc
limit %(fetch)s;
