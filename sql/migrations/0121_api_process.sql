-- API processes that run, and the id of the key that each signs with, which tells nothing of the key.
create table api_process (
    id uuid primary key,
    host text not null,
    key_id text not null,
    started_at timestamptz not null default now(),
    seen_at timestamptz not null default now()
);
