-- Second factors: what somebody proves besides their password when they log in.

create table factor (
    id uuid primary key default gen_random_uuid(),
    number bigint generated always as identity,
    account_id uuid not null references account on delete cascade,
    kind text not null check (kind in ('totp', 'webauthn')),
    name text not null,
    -- TOTP: the key that both sides know, and the newest 30 s whose code was used.
    secret bytea,
    last_step bigint,
    -- WebAuthn: of a set-up, what the authenticator has to sign; then its credential.
    challenge bytea,
    credential_id bytea unique,
    public_key bytea,
    sign_count bigint,
    -- Null: set up, but never proven. It counts for nothing, and goes after a while.
    confirmed_at timestamptz,
    last_used_at timestamptz,
    created_at timestamptz not null default now(),
    constraint factor_has_what_its_kind_needs check (
        case kind
            when 'totp' then secret is not null
            else challenge is not null or (credential_id is not null and public_key is not null and sign_count is not null)
        end
    )
);
create index factor_account_id_idx on factor (account_id);

-- For whoever has lost their factors. Each counts once, and is then deleted.
create table recovery_code (
    code_hash bytea primary key,
    account_id uuid not null references account on delete cascade,
    created_at timestamptz not null default now()
);
create index recovery_code_account_id_idx on recovery_code (account_id);

-- A password was right, and the second step is awaited. It is worth nothing once the password has changed.
create table second_step (
    token_hash bytea primary key,
    account_id uuid not null references account on delete cascade,
    password_digest bytea not null,
    challenge bytea not null,
    expires_at timestamptz not null,
    created_at timestamptz not null default now()
);
create index second_step_account_id_idx on second_step (account_id);
create index second_step_expires_at_idx on second_step (expires_at);

-- How often an account's factors were tried since they were last proven. In the database, as without a limit a code
-- of six digits is found within hours.
create table factor_attempt (
    account_id uuid primary key references account on delete cascade,
    attempts int not null,
    started_at timestamptz not null default now()
);

alter table login add column second_factor text;
