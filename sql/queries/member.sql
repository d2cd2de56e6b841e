-- Members of projects. Every change begins with `lock_project`, so that two never wait for each other.

-- name: lock_project
select from project where id = %(project_id)s for no key update;

-- name: list
select *
from member_item
where in_project = %(project_id)s and position < %(before)s
order by position desc
limit %(fetch)s;

-- name: item
select * from member_item where in_project = %(project_id)s and user_id = %(user_id)s;

-- name: add
insert into member (project_id, account_id, role)
select %(project_id)s, id, %(role)s
from account
where lower(email collate "C") = lower(%(email)s::text collate "C") and kind = 'person' and deactivated_at is null
returning account_id as user_id;

-- name: put
insert into member (project_id, account_id, role)
select %(project_id)s, id, %(role)s
from account
where id = %(user_id)s and kind = 'person'
on conflict (project_id, account_id) do update set
    role = excluded.role,
    version = member.version + 1,
    updated_at = now()
returning account_id as user_id;

-- name: remove
delete from member where project_id = %(project_id)s and account_id = %(user_id)s;
