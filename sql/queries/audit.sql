-- The audit trail.

-- name: record
insert into audit_entry (
    project_id, actor_id, actor, role, action, subject_id, before, after, request_id, address
)
select
    %(project_id)s::int,
    %(actor_id)s::uuid,
    %(actor)s,
    %(role)s,
    %(action)s,
    subject.id,
    subject.before,
    subject.after,
    %(request_id)s,
    %(address)s
from unnest(%(subject_ids)s::uuid[], %(befores)s::jsonb[], %(afters)s::jsonb[])
    as subject (id, before, after);

-- name: list
select
    id as position,
    id as number,
    at,
    actor_id as actor,
    actor as actor_name,
    role,
    action,
    kind,
    subject_id,
    before,
    after,
    request_id,
    address
from audit_entry
where project_id = %(project_id)s
    and id < %(before)s
    and (%(actor)s::uuid is null or actor_id = %(actor)s)
    and (%(action)s::text is null or action = %(action)s)
    and (%(kind)s::text is null or kind = %(kind)s)
    and (%(subject_id)s::uuid is null or subject_id = %(subject_id)s)
    and (%(request_id)s::text is null or request_id = %(request_id)s)
    and (%(from)s::timestamptz is null or at >= %(from)s)
    and (%(to)s::timestamptz is null or at < %(to)s)
order by id desc
limit %(fetch)s;
