-- What the API keeps for itself: log-ins, answers to be repeated, and the orders lists are read in.

-- A log-in and its family of refresh tokens; revoking it ends them all, and its access tokens.
create table login (
    id uuid primary key default gen_random_uuid(),
    account_id uuid not null references account on delete cascade,
    revoked_at timestamptz,
    created_at timestamptz not null default now()
);
create index login_account_id_idx on login (account_id);

create table refresh_token (
    token_hash bytea primary key,
    login_id uuid not null references login on delete cascade,
    expires_at timestamptz not null,
    used_at timestamptz,
    created_at timestamptz not null default now()
);
create index refresh_token_login_id_idx on refresh_token (login_id);
create index refresh_token_expires_at_idx on refresh_token (expires_at);

-- Written with what the request created, so that neither exists without the other.
create table idempotency_key (
    account_id uuid not null references account on delete cascade,
    key text not null,
    request_hash bytea not null,
    status int2 not null,
    headers jsonb not null,
    body bytea not null,
    created_at timestamptz not null default now(),
    primary key (account_id, key)
);
create index idempotency_key_created_at_idx on idempotency_key (created_at);

alter table conversion_profile add column deprecated_at timestamptz;
create index profile_validity_profile_id_idx on profile_validity (profile_id);

-- The position of a token in lists, which are read newest first.
alter table ingest_token add column number bigint generated always as identity;
create index ingest_token_project_id_number_idx on ingest_token (project_id, number);
create index sensor_project_id_id_idx on sensor (project_id, id);
create index conversion_profile_sensor_id_id_idx on conversion_profile (sensor_id, id);
create index rejected_reading_project_id_id_idx on rejected_reading (project_id, id);
