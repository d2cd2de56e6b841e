-- What the chain of the audit trail hashes. Sealed once, compared for ever: neither may ever change.

create or replace view audit_digest as
select
    id,
    sha256(
        convert_to(
            jsonb_build_array(
                id,
                (extract(epoch from at) * 1000000)::bigint,
                project_id,
                actor_id,
                actor,
                role,
                action,
                subject_id,
                before,
                after,
                request_id,
                address
            )::text,
            'UTF8'
        )
    ) as digest
from audit_entry;

create or replace function audit_link(seal audit_seal) returns bytea language sql stable as $$
select sha256(
    seal.previous_hash
    || seal.entries_hash
    || convert_to(
        jsonb_build_array(
            seal.number,
            seal.entries::text,
            seal.entry_count,
            (extract(epoch from seal.sealed_at) * 1000000)::bigint
        )::text,
        'UTF8'
    )
)
$$;
