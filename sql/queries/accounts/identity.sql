-- Accounts, log-ins, refresh tokens, browser sessions, passwords.

-- name: create_first_admin
insert into account (email, password_hash, is_admin)
select %(email)s::text, %(password_hash)s::text, true
where not exists (select from account where is_admin)
on conflict (lower(email)) do nothing
returning id;

-- name: register
insert into account (email, name, password_hash)
values (%(email)s, %(name)s, %(password_hash)s)
returning id as account_id;

-- name: is_taken
select exists (
    select from account where lower(email collate "C") = lower(%(email)s::text collate "C")
) as is_taken;

-- name: account_by_email
select id, password_hash, deactivated_at is null as is_active
from account
where lower(email collate "C") = lower(%(email)s::text collate "C");

-- name: create_login
-- Only if the password just checked is still the account's. Waits for whoever changes or deactivates it.
insert into login (account_id, address, agent, second_factor, last_used_at)
select id, %(address)s, %(agent)s, %(second_factor)s, now()
from account
where id = %(account_id)s and password_hash = %(password_hash)s and deactivated_at is null
for share
returning id;

-- name: create_login_code
-- By whoever has the server.
with code as (
    insert into login_code (token_hash, account_id, expires_at)
    select %(token_hash)s, id, now() + %(life_s)s * interval '1 second'
    from account
    where lower(email collate "C") = lower(%(email)s::text collate "C") and deactivated_at is null
    returning account_id
)
insert into audit_entry (actor, action, subject_id)
select 'barograph', 'account.create-login-code', account_id from code
returning subject_id;

-- name: use_login_code
-- Of two at once with one code, one finds it.
with used as (
    delete from login_code where token_hash = %(token_hash)s returning account_id, expires_at
)
select account.id as account_id, account.password_hash
from used
join account on account.id = used.account_id
where used.expires_at > now() and account.deactivated_at is null;

-- name: create_refresh_token
insert into refresh_token (token_hash, login_id, expires_at)
values (%(token_hash)s, %(login_id)s, now() + %(life_s)s * interval '1 second');

-- name: account
select caller.*, null::uuid as caller_login_id
from account_as_caller as caller
where caller.caller_id = %(account_id)s;

-- name: item
-- As the API shows it to whoever calls. A service account's version and times are those of its token.
select
    account.id,
    account.kind,
    account.email,
    account.name,
    account.is_admin,
    account.must_change_password,
    account.preferences,
    exists (
        select from factor where factor.account_id = account.id and factor.confirmed_at is not null
    ) as has_second_factor,
    coalesce(service.version, account.version) as version,
    coalesce(service.created_at, account.created_at) as created_at,
    coalesce(service.updated_at, account.updated_at) as updated_at
from account
left join service_account as service on service.account_id = account.id
where account.id = %(id)s;

-- name: lock_own
select name, preferences, version from account where id = %(id)s for no key update;

-- name: change_own
update account
set name = %(name)s, preferences = %(preferences)s, version = version + 1, updated_at = now()
where id = %(id)s;

-- name: caller_by_login
-- Asked on every request: a log-in that ended and an account that was deactivated stop at once.
select * from caller_of_login where caller_login_id = %(login_id)s and caller_id = %(account_id)s;

-- name: caller_by_session
select * from caller_of_session where token_hash = %(token_hash)s;

-- name: caller_by_service_token
select * from caller_of_service where token_hash = %(token_hash)s;

-- name: lock_refresh_token
-- Two refreshes with one token come one after the other.
select
    token.login_id,
    token.salt,
    account.id as account_id,
    token.used_at is not null as is_used,
    token.used_at > now() - %(grace_s)s * interval '1 second' as is_in_grace
from refresh_token as token
join login on login.id = token.login_id
join account on account.id = login.account_id
where token.token_hash = %(token_hash)s
    and token.expires_at > now()
    and login.created_at > now() - %(login_s)s * interval '1 second'
    and login.revoked_at is null
    and account.deactivated_at is null
for update of token;

-- name: use_refresh_token
update refresh_token set used_at = now() where token_hash = %(token_hash)s;

-- name: create_session
insert into browser_session (token_hash, login_id, expires_at)
values (%(token_hash)s, %(login_id)s, now() + %(life_s)s * interval '1 second')
returning expires_at;

-- name: session
select login_id, expires_at from browser_session where token_hash = %(token_hash)s;

-- name: revoke_login
update login set revoked_at = now() where id = %(login_id)s and revoked_at is null;

-- name: revoke_login_of_token
update login
set revoked_at = now()
from refresh_token as token
where token.token_hash = %(token_hash)s and login.id = token.login_id and login.revoked_at is null
returning login.account_id;

-- name: revoke_login_of_session
update login
set revoked_at = now()
from browser_session as session
where session.token_hash = %(token_hash)s and login.id = session.login_id and login.revoked_at is null
returning login.account_id;

-- name: revoke_logins
-- All of an account, except the one that is kept, if one is.
update login
set revoked_at = now()
where account_id = %(account_id)s
    and revoked_at is null
    and id is distinct from %(kept_id)s::uuid;

-- name: change_password
-- Unless it has been changed since the former one was checked.
update account
set
    password_hash = %(password_hash)s,
    must_change_password = false,
    version = version + 1,
    updated_at = now()
where id = %(account_id)s and password_hash = %(former_hash)s and deactivated_at is null
returning id;

-- name: request_password_reset
insert into password_reset (token_hash, account_id, expires_at)
select %(token_hash)s, id, now() + %(life_s)s * interval '1 second'
from account
where lower(email collate "C") = lower(%(email)s::text collate "C") and deactivated_at is null
returning account_id;

-- name: find_password_reset
select account.email, account.name
from password_reset
join account on account.id = password_reset.account_id
where token_hash = %(token_hash)s and expires_at > now() and account.deactivated_at is null;

-- name: reset_password
-- Uses up every reset of the account; of two at once with one token, one finds it.
with used as (
    delete from password_reset
    where token_hash = %(token_hash)s and expires_at > now()
    returning account_id
), others as (
    delete from password_reset
    using used
    where password_reset.account_id = used.account_id and token_hash <> %(token_hash)s
)
update account
set
    password_hash = %(password_hash)s,
    must_change_password = false,
    version = version + 1,
    updated_at = now()
from used
where account.id = used.account_id and account.deactivated_at is null
returning account.id as account_id;
