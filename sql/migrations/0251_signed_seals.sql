-- What only who holds the key of the audit trail could have written beside a seal. The key is never in the database.
create table audit_signature (
    number bigint primary key,
    mac bytea not null
);
