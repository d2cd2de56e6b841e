-- Log-ins, as whoever has them sees them.

-- name: note_uses
update login
set last_used_at = greatest(login.last_used_at, to_timestamp(seen.at_s))
from unnest(%(login_ids)s::uuid[], %(seen_s)s::float8[]) as seen (login_id, at_s)
where login.id = seen.login_id;

-- name: list
-- Those of an account that still lead to something.
select *
from login_item
where in_account = %(account_id)s
    and position < %(before)s
    and least(expires_at, started_at + %(login_s)s * interval '1 second') > now()
order by position desc
limit %(fetch)s;

-- name: end
update login
set revoked_at = now()
where id = %(login_id)s and account_id = %(account_id)s and revoked_at is null
returning id;
