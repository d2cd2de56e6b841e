-- Webhooks of projects: whom to tell of events over HTTP, and what became of each message. How far those who carry
-- events have come.

create table webhook (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    url text not null,
    -- Empty: all.
    types text[] not null default '{}',
    description text not null default '',
    -- Messages on their way at once; 1: one after the other, in the order of events.
    concurrency int not null default 1 check (concurrency between 1 and 16),
    is_enabled boolean not null default true,
    -- Why it is off, unless somebody has switched it off.
    off_reason text check (off_reason in ('failing', 'gone')),
    -- Sealed with a key that the database does not hold.
    secret bytea not null,
    former_secret bytea,
    former_until timestamptz,
    created_by uuid references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index webhook_project_id_idx on webhook (project_id, id);

-- How it goes with a webhook: changes with each message, unlike the webhook itself.
create table webhook_standing (
    webhook_id int primary key references webhook on delete cascade,
    -- When to look what there is to send; null: nothing waits.
    next_at timestamptz,
    -- Of the first failure since the last success.
    failing_since timestamptz,
    last_success_at timestamptz
) with (fillfactor = 50);
create index webhook_standing_next_at_idx on webhook_standing (next_at) where next_at is not null;

create table webhook_delivery (
    id bigint generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    webhook_id int not null references webhook on delete cascade,
    -- No key: events go when they are old.
    event_id bigint not null,
    -- Sent again by somebody, or a test.
    is_extra boolean not null default false,
    status text not null default 'waiting' check (status in ('waiting', 'delivered', 'failed')),
    attempts int not null default 0,
    next_at timestamptz not null default now(),
    last_attempt_at timestamptz,
    duration_ms float8,
    status_code int,
    -- The first bytes of the last answer.
    answer text,
    failure text,
    created_at timestamptz not null default now()
);
create unique index webhook_delivery_event_id_key on webhook_delivery (event_id, webhook_id) where not is_extra;
create index webhook_delivery_webhook_id_idx on webhook_delivery (webhook_id, id);
create index webhook_delivery_waiting_idx on webhook_delivery (webhook_id, id) where status = 'waiting';
create index webhook_delivery_created_at_idx on webhook_delivery (created_at);

-- Each reader of all events: its place, and up to when it has told everything.
create table event_consumer (
    name text primary key,
    place text not null,
    told_at timestamptz not null,
    seen_at timestamptz not null default now()
);
