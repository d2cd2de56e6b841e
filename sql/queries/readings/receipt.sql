-- Receipts of requests that named an Idempotency-Key, written in the transaction of their readings.
-- A key belongs to a token and those that followed it by rotation; `token_id` is the first of them.

-- name: claim
insert into ingest_receipt (token_id, key, body_hash, receipt)
select * from unnest(%(lineages)s::uuid[], %(keys)s::text[], %(body_hashes)s::bytea[], %(receipts)s::jsonb[])
on conflict do nothing;

-- name: used
select token_id, key
from ingest_receipt
where (token_id, key) in (select * from unnest(%(lineages)s::uuid[], %(keys)s::text[]));

-- name: find
-- A fresh one may be of a request that is under way elsewhere.
select body_hash, receipt, created_at > now() - interval '3 seconds' as is_fresh
from ingest_receipt
where token_id = %(lineage)s and key = %(key)s;

-- name: free
-- The next request with the key is another one.
delete from ingest_receipt where token_id = %(lineage)s and key = %(key)s;
