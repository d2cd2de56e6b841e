-- What only the database's owner sees, for admins who ask how it does.

create or replace function oldest_transaction_s()
returns float8 language sql stable security definer set search_path = public, pg_temp as $$
select coalesce(extract(epoch from clock_timestamp() - min(xact_start))::float8, 0)
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
$$;
revoke execute on function oldest_transaction_s() from public;
