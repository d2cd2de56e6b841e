-- Views of plots that people keep, for themselves or for all of the project.

-- name: create
insert into saved_view (project_id, name, is_shared, spec, created_by)
values (%(project_id)s, %(name)s, %(shared)s, %(spec)s, %(created_by)s)
returning id;

-- name: item
select * from saved_view_item where position = %(id)s;

-- name: lock
select id from saved_view where id = %(id)s for no key update;

-- name: update
update saved_view
set
    name = %(name)s,
    is_shared = %(shared)s,
    spec = %(spec)s,
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: delete
delete from saved_view where id = %(id)s;

-- name: list
select *
from saved_view_item
where in_project = %(project_id)s
    and (shared or created_by = %(account_id)s)
    and position < %(before)s
order by position desc
limit %(fetch)s;
