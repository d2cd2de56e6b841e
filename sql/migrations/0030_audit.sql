-- Who did what to what. Written with each change, never altered, and sealed in batches into a chain of
-- hashes, so that altering it behind the database's back shows.

create table audit_entry (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    -- No foreign keys: an entry outlives what it speaks of.
    project_id int,
    actor_id uuid,
    actor text not null,
    role text,
    action text not null,
    kind text not null generated always as (split_part(action, '.', 1)) stored,
    subject_id uuid,
    before jsonb,
    after jsonb,
    request_id text,
    address text
);
create index audit_entry_project_id_idx on audit_entry (project_id, id);
create index audit_entry_at_idx on audit_entry (project_id, at);
create index audit_entry_actor_id_idx on audit_entry (project_id, actor_id, id);
create index audit_entry_action_idx on audit_entry (project_id, action, id);
create index audit_entry_kind_idx on audit_entry (project_id, kind, id);
create index audit_entry_subject_id_idx on audit_entry (subject_id, id);
create index audit_entry_request_id_idx on audit_entry (request_id);

-- Entries that no seal holds yet. Apart, so that entries themselves are only ever inserted.
create table audit_unsealed (entry_id bigint primary key);

-- A link of the chain. Ids are given before transactions commit, so what one seal holds may have gaps
-- that a later one fills: hence ranges.
create table audit_seal (
    number bigint primary key,
    entries int8multirange not null,
    entry_count int not null,
    entries_hash bytea not null,
    previous_hash bytea not null,
    hash bytea not null,
    sealed_at timestamptz not null
);

-- Where the chain begins after its older part was pruned: what the last link that went was.
create table audit_anchor (
    number bigint primary key,
    hash bytea not null,
    anchored_at timestamptz not null default now()
);

create function queue_for_sealing() returns trigger language plpgsql as $$
begin
    insert into audit_unsealed select id from written;
    return null;
end
$$;
create trigger queue_for_sealing after insert on audit_entry
    referencing new table as written for each statement execute function queue_for_sealing();

create function link_seal() returns trigger language plpgsql as $$
begin
    new.hash = audit_link(new);
    return new;
end
$$;
create trigger link_seal before insert on audit_seal for each row execute function link_seal();

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using
        errcode = 'restrict_violation', constraint = tg_table_name || '_is_append_only';
end
$$;

create trigger append_only before update on audit_entry
    for each row execute function refuse_change();
create trigger append_only_but_for_retention before delete on audit_entry
    for each row when (current_setting('barograph.audit_retention', true) is distinct from 'on')
    execute function refuse_change();
create trigger never_emptied before truncate on audit_entry
    for each statement execute function refuse_change();

create trigger append_only before update on audit_seal
    for each row execute function refuse_change();
create trigger append_only_but_for_retention before delete on audit_seal
    for each row when (current_setting('barograph.audit_retention', true) is distinct from 'on')
    execute function refuse_change();
create trigger never_emptied before truncate on audit_seal
    for each statement execute function refuse_change();

create trigger append_only before update or delete on audit_anchor
    for each row execute function refuse_change();
create trigger never_emptied before truncate on audit_anchor
    for each statement execute function refuse_change();
