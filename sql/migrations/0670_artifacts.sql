-- Artifacts: files that a run holds, such as reports and models. The bytes lie in a store beside the database; a row says
-- what they must be, how far they have come, and what people think of them.

create table artifact (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    run_id int not null,
    name text not null,
    kind text not null,
    content_type text not null,
    metadata jsonb not null default '{}',
    is_restricted boolean not null default false,
    -- Of something that is stored elsewhere; nothing of it is here.
    url text,
    size_bytes bigint check (size_bytes >= 0),
    sha256 bytea check (length(sha256) = 32),
    received_bytes bigint not null default 0,
    received_at timestamptz not null default now(),
    status text not null default 'uploading'
        check (status in ('uploading', 'ready', 'approved', 'rejected', 'damaged')),
    failure text not null default '',
    completed_at timestamptz,
    reviewed_by uuid references account,
    reviewed_at timestamptz,
    review_reason text not null default '',
    -- Since when the store has not had what it should have.
    missing_since timestamptz,
    created_by uuid references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint artifact_run_id_fkey foreign key (run_id, project_id)
        references run (id, project_id) on delete cascade,
    constraint artifact_is_somewhere check (url is not null or (size_bytes is not null and sha256 is not null)),
    constraint artifact_within_its_size check (received_bytes <= coalesce(size_bytes, 0))
);
create index artifact_project_id_idx on artifact (project_id, id);
create index artifact_run_id_idx on artifact (run_id, id);
create index artifact_name_idx on artifact (project_id, kind, name, id);
create index artifact_uploading_idx on artifact (received_at) where status = 'uploading';

-- What events tell. Viewers read events, so that of a restricted one they don't learn the name.
create function artifact_news(told artifact) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'artifact', told.public_id,
        'run', run.public_id,
        'name', case when not told.is_restricted then told.name end,
        'kind', told.kind,
        'restricted', told.is_restricted,
        'status', told.status,
        'size_bytes', told.size_bytes,
        'sha256', encode(told.sha256, 'hex')
    )
    from run
    where run.id = told.run_id
$$;
