-- A code logs in once, without a password: whoever starts Barograph gets one in a link.
create table login_code (
    token_hash bytea primary key,
    account_id uuid not null references account on delete cascade,
    expires_at timestamptz not null,
    created_at timestamptz not null default now()
);
create index login_code_account_id_idx on login_code (account_id);
create index login_code_expires_at_idx on login_code (expires_at);

-- How a person likes pages to be, such as theme and time zone.
alter table account
    add column preferences jsonb not null default '{}',
    add constraint account_preferences_check
        check (jsonb_typeof(preferences) = 'object' and octet_length(preferences::text) <= 16384);
