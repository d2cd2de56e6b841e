-- Second factors of accounts. Whatever changes them begins with `lock_account`; a log-in with `share_account`.

-- name: lock_account
select id from account where id = %(account_id)s for no key update;

-- name: share_account
-- Nobody adds or removes factors until the log-in is there, to be ended by who does.
select id from account where id = %(account_id)s for share;

-- name: proven
select id, kind, secret, last_step, credential_id, public_key, sign_count
from factor
where account_id = %(account_id)s and confirmed_at is not null
order by number;

-- name: list
select id, kind, name, created_at, last_used_at
from factor
where account_id = %(account_id)s and confirmed_at is not null
order by number desc;

-- name: create
insert into factor (account_id, kind, name, secret, challenge)
values (%(account_id)s, %(kind)s, %(name)s, %(secret)s, %(challenge)s)
returning id;

-- name: forget_set_ups
delete from factor where account_id = %(account_id)s and confirmed_at is null;

-- name: own
-- Proven or not.
select id from factor where id = %(id)s and account_id = %(account_id)s;

-- name: set_up
select id, kind, name, secret, last_step, challenge
from factor
where id = %(id)s
    and account_id = %(account_id)s
    and confirmed_at is null
    and created_at > now() - %(life_s)s * interval '1 second';

-- name: confirm
update factor set confirmed_at = now(), challenge = null, last_used_at = now() where id = %(id)s;

-- name: confirm_passkey
update factor
set
    confirmed_at = now(),
    last_used_at = now(),
    challenge = null,
    credential_id = %(credential_id)s,
    public_key = %(public_key)s,
    sign_count = %(sign_count)s
where id = %(id)s;

-- name: use_code
-- Of two at once with the same code, one finds it unused.
update factor
set last_step = %(step)s, last_used_at = now()
where id = %(id)s and (last_step is null or last_step < %(step)s)
returning id;

-- name: use_passkey
update factor set sign_count = %(sign_count)s, last_used_at = now() where id = %(id)s;

-- name: use_recovery_code
delete from recovery_code
where account_id = %(account_id)s and code_hash = %(code_hash)s
returning account_id;

-- name: remove
delete from factor
where id = %(id)s and account_id = %(account_id)s and confirmed_at is not null
returning kind, name;

-- name: remove_all
delete from factor where account_id = %(account_id)s;

-- name: remove_recovery_codes
delete from recovery_code where account_id = %(account_id)s;

-- name: add_recovery_codes
insert into recovery_code (code_hash, account_id)
select code_hash, %(account_id)s from unnest(%(code_hashes)s::bytea[]) as code (code_hash);

-- name: count_recovery_codes
select count(*) as codes from recovery_code where account_id = %(account_id)s;

-- name: begin_second_step
insert into second_step (token_hash, account_id, password_digest, challenge, expires_at)
values (
    %(token_hash)s,
    %(account_id)s,
    sha256(convert_to(%(password_hash)s, 'UTF8')),
    %(challenge)s,
    now() + %(life_s)s * interval '1 second'
);

-- name: second_step
select account.id as account_id, account.password_hash, step.challenge
from second_step as step
join account on account.id = step.account_id
where step.token_hash = %(token_hash)s
    and step.expires_at > now()
    and step.password_digest = sha256(convert_to(account.password_hash, 'UTF8'))
    and account.deactivated_at is null;

-- name: end_second_step
delete from second_step where token_hash = %(token_hash)s returning account_id;

-- name: take_attempt
-- Counts one, unless too many were counted in the present window.
insert into factor_attempt as attempt (account_id, attempts)
values (%(account_id)s, 1)
on conflict (account_id) do update set
    attempts = case
        when attempt.started_at < now() - %(window_s)s * interval '1 second' then 1
        else attempt.attempts + 1
    end,
    started_at = case
        when attempt.started_at < now() - %(window_s)s * interval '1 second' then now()
        else attempt.started_at
    end
where attempt.attempts < %(max_attempts)s or attempt.started_at < now() - %(window_s)s * interval '1 second'
returning attempts;

-- name: forget_attempts
delete from factor_attempt where account_id = %(account_id)s;

-- name: account_by_email
-- For the command that takes factors away.
select id from account where lower(email collate "C") = lower(%(email)s::text collate "C");

-- name: note_removal
-- By whoever has the server.
insert into audit_entry (actor, action, subject_id)
values ('barograph', 'account.reset-factors', %(account_id)s);
