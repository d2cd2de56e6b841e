-- Answers kept under their Idempotency-Key.

-- name: try_lock
-- Held until the transaction ends; not to be had while a request with the same key still runs.
select pg_try_advisory_xact_lock(hashtextextended(%(account_id)s::uuid || ' ' || %(key)s::text, 0)) as is_free;

-- name: find
select request_hash, status, headers, body
from idempotency_key
where account_id = %(account_id)s
    and key = %(key)s
    and created_at > now() - %(life_s)s * interval '1 second';

-- name: keep
-- What stands under the key already has expired, or find would have found it.
insert into idempotency_key (account_id, key, request_hash, status, headers, body)
values (%(account_id)s, %(key)s, %(request_hash)s, %(status)s, %(headers)s, %(body)s)
on conflict (account_id, key) do update set
    request_hash = excluded.request_hash,
    status = excluded.status,
    headers = excluded.headers,
    body = excluded.body,
    created_at = now();
