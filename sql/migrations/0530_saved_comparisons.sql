-- Comparisons that people keep by name: the question, never what it was answered.

create table saved_comparison (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    name text not null,
    question jsonb not null,
    created_by uuid references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index saved_comparison_name_key on saved_comparison (project_id, lower(name));
create index saved_comparison_project_id_idx on saved_comparison (project_id, id);
