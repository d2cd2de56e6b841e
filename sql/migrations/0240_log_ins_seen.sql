-- What people need to tell their log-ins apart: from where, by what program, and when last used.
alter table login
    add column number bigint generated always as identity,
    add column address text,
    add column agent text,
    -- Noted once in a while, not with every request.
    add column last_used_at timestamptz;
create unique index login_number_key on login (number);
