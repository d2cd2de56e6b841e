-- Service accounts.

-- name: create
with account as (
    insert into account (kind, name) values ('service', %(name)s) returning id
), membership as (
    insert into member (project_id, account_id, role) select %(project_id)s, id, %(role)s from account
)
insert into service_account (account_id, project_id, token_hash, expires_at, issued_by)
select id, %(project_id)s, %(token_hash)s, %(expires_at)s::timestamptz, %(issued_by)s
from account
returning account_id as id;

-- name: item
select * from service_account_item where id = %(id)s;

-- name: list
-- Those of the projects that the caller owns, or of one of them.
select service.*
from service_account_item as service
where position < %(before)s
    and (%(project_id)s::int is null or in_project = %(project_id)s)
    and (
        %(is_admin)s
        or in_project in (select project_id from member where account_id = %(account_id)s and role = 'owner')
    )
order by position desc
limit %(fetch)s;

-- name: lock
select
    version,
    revoked_at is not null or coalesce(expires_at <= now(), false) as has_ended
from service_account
where account_id = %(id)s
for update;

-- name: revoke
update service_account
set revoked_at = now(), version = version + 1, updated_at = now()
where account_id = %(id)s and revoked_at is null;

-- name: rotate
update service_account
set token_hash = %(token_hash)s, issued_by = %(issued_by)s, version = version + 1, updated_at = now()
where account_id = %(id)s;
