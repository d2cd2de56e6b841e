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

-- name: change
update member
set role = %(role)s, version = version + 1, updated_at = now()
where project_id = %(project_id)s and account_id = %(user_id)s;

-- name: remove
delete from member where project_id = %(project_id)s and account_id = %(user_id)s;
