-- name: find_database
select from pg_database where datname = 'barograph';

-- name: create_database
create database barograph;
