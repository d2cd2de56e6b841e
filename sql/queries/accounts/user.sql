-- People's accounts, as an admin sees them.

-- name: list
select *
from user_item
where position < %(before)s and (%(email)s::text is null or lower(email collate "C") = lower(%(email)s::text collate "C"))
order by position desc
limit %(fetch)s;

-- name: item
select * from user_item where id = %(id)s;

-- name: known
-- Of a person or a service account.
select id from account where id = %(id)s;

-- name: lock
select id, email, version from account where id = %(id)s and kind = 'person' for no key update;

-- name: deactivate
update account
set deactivated_at = now(), version = version + 1, updated_at = now()
where id = %(id)s and deactivated_at is null;

-- name: reactivate
update account
set deactivated_at = null, version = version + 1, updated_at = now()
where id = %(id)s and deactivated_at is not null;

-- name: require_password_change
update account
set must_change_password = true, version = version + 1, updated_at = now()
where id = %(id)s;

-- name: create_reset
insert into password_reset (token_hash, account_id, expires_at, created_by)
values (%(token_hash)s, %(id)s, now() + %(life_s)s * interval '1 second', %(created_by)s)
returning expires_at;
