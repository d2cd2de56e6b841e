-- Service accounts, password changes and resets, browser sessions.

-- A service account acts for a script: it has no email and no password, and belongs to one project.
alter table account
    add column kind text not null default 'person' check (kind in ('person', 'service')),
    add column must_change_password boolean not null default false,
    -- The position of an account in lists, which are read newest first.
    add column number bigint generated always as identity,
    alter column email drop not null,
    alter column password_hash drop not null,
    add constraint account_person_has_log_in
        check ((kind = 'person') = (email is not null) and (kind = 'person') = (password_hash is not null)),
    -- Somebody can always let the others in again.
    add constraint account_admin_is_active check (not is_admin or deactivated_at is null);
create unique index account_number_key on account (number);

create table service_account (
    account_id uuid primary key references account on delete cascade,
    number bigint generated always as identity,
    project_id int not null references project on delete cascade,
    token_hash bytea not null unique,
    expires_at timestamptz,
    revoked_at timestamptz,
    -- Who was shown the token and answers for it: it works while they could issue it.
    issued_by uuid not null references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index service_account_project_id_number_idx on service_account (project_id, number);

-- What a token's successor is derived with, besides the token itself.
alter table refresh_token add column salt uuid not null default gen_random_uuid();

-- A log-in through a browser, which holds the token in a cookie.
create table browser_session (
    token_hash bytea primary key,
    login_id uuid not null references login on delete cascade,
    expires_at timestamptz not null,
    created_at timestamptz not null default now()
);
create index browser_session_login_id_idx on browser_session (login_id);
create index browser_session_expires_at_idx on browser_session (expires_at);

create table password_reset (
    token_hash bytea primary key,
    account_id uuid not null references account on delete cascade,
    expires_at timestamptz not null,
    -- The admin who hands it over; null: sent by mail.
    created_by uuid references account,
    created_at timestamptz not null default now()
);
create index password_reset_account_id_idx on password_reset (account_id);
create index password_reset_expires_at_idx on password_reset (expires_at);
