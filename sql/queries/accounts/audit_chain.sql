-- Sealing, pruning and verifying the audit trail. Sealing and pruning hold one lock, so the chain never
-- forks; writers of entries never wait for it.

-- name: try_lock
-- A statement of its own before the others: their snapshots must be younger than the lock.
select pg_try_advisory_xact_lock(hashtext('barograph.identity.audit_chain')) as is_free;

-- name: seal
-- What was queued and is gone meanwhile is missing from the hash, but named by the seal: it will show.
with taken as (
    delete from audit_unsealed
    where entry_id in (select entry_id from audit_unsealed order by entry_id limit 10000)
    returning entry_id
), batch as (
    select
        range_agg(int8range(taken.entry_id, taken.entry_id, '[]')) as entries,
        count(*)::int as entry_count,
        sha256(coalesce(string_agg(entry.digest, ''::bytea order by entry.id), '')) as entries_hash
    from taken
    left join audit_digest as entry on entry.id = taken.entry_id
    having count(*) > 0
), latest as (
    select number, hash from audit_seal
    union all
    select number, hash from audit_anchor
    order by number desc
    limit 1
)
insert into audit_seal (number, entries, entry_count, entries_hash, previous_hash, sealed_at)
select
    coalesce(latest.number, 0) + 1,
    batch.entries,
    batch.entry_count,
    batch.entries_hash,
    coalesce(latest.hash, sha256('')),
    clock_timestamp()
from batch
left join latest on true
returning number, entry_count, encode(hash, 'hex') as hash;

-- name: prune
select prune_audit(%(keep_days)s) as after;

-- name: verify
-- Every link, and what it should be by what is stored now.
select
    seal.number,
    encode(seal.hash, 'hex') as hash,
    seal.entry_count,
    found.entry_count as found_count,
    seal.entries_hash = found.entries_hash as holds_entries,
    seal.previous_hash = coalesce(
        lag(seal.hash) over (order by seal.number),
        (select anchor.hash from audit_anchor as anchor where anchor.number = seal.number - 1),
        case when seal.number = 1 then sha256('') else '' end
    ) as follows,
    seal.hash = audit_link(seal) as is_whole
from audit_seal as seal
cross join lateral (
    select
        count(*)::int as entry_count,
        sha256(coalesce(string_agg(entry.digest, ''::bytea order by entry.id), '')) as entries_hash
    from audit_digest as entry
    where entry.id >= lower(seal.entries) and entry.id < upper(seal.entries) and seal.entries @> entry.id
) as found
order by seal.number;

-- name: stray
-- Entries that neither a seal nor the queue knows: nobody wrote them the way entries are written.
select entry.id
from audit_entry as entry
where not coalesce((select range_agg(entries) from audit_seal) @> entry.id, false)
    and not exists (select from audit_unsealed where entry_id = entry.id)
order by entry.id
limit 100;

-- name: anchors
-- Newest first, and whether an entry names it: an older one's has been pruned.
select
    anchor.number,
    encode(anchor.hash, 'hex') as hash,
    exists (
        select
        from audit_entry
        where project_id is null
            and action = 'audit.prune'
            and after ->> 'seal' = anchor.number::text
            and after ->> 'hash' = encode(anchor.hash, 'hex')
    ) as is_named
from audit_anchor as anchor
order by anchor.number desc;

-- name: waiting
select count(*) as entries from audit_unsealed;

-- name: sign
insert into audit_signature (number, mac) values (%(number)s, %(mac)s);

-- name: signatures
select number, mac from audit_signature order by number;
