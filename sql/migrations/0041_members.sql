-- Members as items, invitations, and the last owner.

alter table member
    add column number bigint generated always as identity,
    add column version int not null default 1,
    add column updated_at timestamptz not null default now();
create index member_project_id_number_idx on member (project_id, number);

create table invitation (
    id uuid primary key default gen_random_uuid(),
    number bigint generated always as identity,
    project_id int not null references project on delete cascade,
    role text not null check (role in ('owner', 'editor', 'viewer')),
    -- Whom it is for; null: whoever holds the link.
    email text,
    token_hash bytea not null unique,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    accepted_at timestamptz,
    accepted_by uuid references account,
    created_by uuid not null references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index invitation_project_id_number_idx on invitation (project_id, number);

-- A project keeps an owner who is a person and active. Owners who leave queue for the project's row, so
-- the second of two at once sees that the first has gone.
create function project_keeps_an_owner() returns trigger language plpgsql as $$
begin
    perform from project where id = old.project_id for no key update;
    if found and not exists (
        select
        from member
        join account on account.id = member.account_id
        where member.project_id = old.project_id
            and member.role = 'owner'
            and account.kind = 'person'
            and account.deactivated_at is null
    ) then
        raise exception 'project % would be left without an owner', old.project_id
            using errcode = 'check_violation', constraint = 'project_keeps_an_owner';
    end if;
    return null;
end
$$;

create trigger member_owner_leaves
after delete or update of role on member
for each row when (old.role = 'owner')
execute function project_keeps_an_owner();
