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
    entry.id as position,
    entry.id as number,
    entry.at,
    project.public_id as project_id,
    entry.actor_id as actor,
    entry.actor as actor_name,
    entry.role,
    entry.action,
    entry.kind,
    entry.subject_id,
    entry.before,
    entry.after,
    entry.request_id,
    entry.address
from audit_entry as entry
left join project on project.id = entry.project_id
where (%(project_id)s::int is null or entry.project_id = %(project_id)s)
    and entry.id < %(before)s
    and (%(actor)s::uuid is null or actor_id = %(actor)s)
    and (%(action)s::text is null or action = %(action)s)
    and (%(kind)s::text is null or kind = %(kind)s)
    and (%(subject_id)s::uuid is null or subject_id = %(subject_id)s)
    and (%(request_id)s::text is null or request_id = %(request_id)s)
    and (%(from)s::timestamptz is null or at >= %(from)s)
    and (%(to)s::timestamptz is null or at < %(to)s)
order by entry.id desc
limit %(fetch)s;
