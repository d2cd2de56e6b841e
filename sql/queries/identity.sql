-- Accounts, log-ins, refresh tokens.

-- name: create_first_admin
insert into account (email, password_hash, is_admin)
select %(email)s::text, %(password_hash)s::text, true
where not exists (select from account where is_admin)
on conflict (lower(email)) do nothing
returning id;

-- name: account_by_email
select id, password_hash, deactivated_at is null as is_active
from account
where lower(email) = lower(%(email)s::text);

-- name: create_login
insert into login (account_id)
select id from account where id = %(account_id)s and deactivated_at is null
returning id;

-- name: create_refresh_token
insert into refresh_token (token_hash, login_id, expires_at)
values (%(token_hash)s, %(login_id)s, now() + %(life_s)s * interval '1 second');

-- name: caller
-- Asked on every request: a log-in that ended and an account that was deactivated stop at once.
select account.id, account.email, account.name, account.is_admin,
    account.version, account.created_at, account.updated_at
from login
join account on account.id = login.account_id
where login.id = %(login_id)s
    and account.id = %(account_id)s
    and login.revoked_at is null
    and account.deactivated_at is null;

-- name: lock_refresh_token
-- Two refreshes with one token come one after the other.
select
    token.login_id,
    account.id as account_id,
    token.used_at is not null as is_used,
    token.used_at > now() - %(grace_s)s * interval '1 second' as is_in_grace
from refresh_token as token
join login on login.id = token.login_id
join account on account.id = login.account_id
where token.token_hash = %(token_hash)s
    and token.expires_at > now()
    and login.revoked_at is null
    and account.deactivated_at is null
for update of token;

-- name: use_refresh_token
update refresh_token set used_at = now() where token_hash = %(token_hash)s;

-- name: revoke_login
update login set revoked_at = now() where id = %(login_id)s and revoked_at is null;

-- name: revoke_login_of_token
update login
set revoked_at = now()
from refresh_token as token
where token.token_hash = %(token_hash)s and login.id = token.login_id and login.revoked_at is null;
