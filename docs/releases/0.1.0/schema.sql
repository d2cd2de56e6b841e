--
-- PostgreSQL database dump
--


-- Dumped from database version 17.12 (Debian 17.12-0+deb13u1)
-- Dumped by pg_dump version 17.12 (Debian 17.12-0+deb13u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: public; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA public;


--
-- Name: add_backfill_timeline(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.add_backfill_timeline() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    insert into backfill_timeline (backfill_id) values (new.id);
    return null;
end
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: alarm; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alarm (
    id bigint NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    sensor_id integer NOT NULL,
    limit_id integer,
    level text NOT NULL,
    since timestamp with time zone NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    value double precision,
    cleared_at timestamp with time zone,
    cleared_value double precision,
    end_reason text,
    acknowledged_at timestamp with time zone,
    acknowledged_by uuid,
    comment text,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT alarm_end_reason_check CHECK ((end_reason = ANY (ARRAY['limit-deleted'::text, 'not-watched'::text]))),
    CONSTRAINT alarm_level_check CHECK ((level = ANY (ARRAY['warning'::text, 'critical'::text])))
);


--
-- Name: alarm_news(public.alarm); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.alarm_news(told public.alarm) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    select jsonb_build_object(
        'alarm_id', told.public_id,
        'sensor_id', sensor.public_id,
        'sensor', sensor.key,
        'kind', case when told.limit_id is null then 'silence' else 'limit' end,
        'limit_id', (select public_id from sensor_limit where id = told.limit_id),
        'level', told.level,
        'since', to_char(told.since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'raised_at', to_char(told.raised_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'value', told.value,
        'cleared_at', to_char(told.cleared_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'cleared_value', told.cleared_value,
        'end_reason', told.end_reason
    )
    from sensor
    where sensor.id = told.sensor_id
$$;


--
-- Name: artifact; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.artifact (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    run_id integer NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    content_type text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_restricted boolean DEFAULT false NOT NULL,
    url text,
    size_bytes bigint,
    sha256 bytea,
    received_bytes bigint DEFAULT 0 NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    status text DEFAULT 'uploading'::text NOT NULL,
    failure text DEFAULT ''::text NOT NULL,
    completed_at timestamp with time zone,
    reviewed_by uuid,
    reviewed_at timestamp with time zone,
    review_reason text DEFAULT ''::text NOT NULL,
    missing_since timestamp with time zone,
    created_by uuid,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    multipart_id text,
    CONSTRAINT artifact_is_somewhere CHECK (((url IS NOT NULL) OR ((size_bytes IS NOT NULL) AND (sha256 IS NOT NULL)))),
    CONSTRAINT artifact_sha256_check CHECK ((length(sha256) = 32)),
    CONSTRAINT artifact_size_bytes_check CHECK ((size_bytes >= 0)),
    CONSTRAINT artifact_status_check CHECK ((status = ANY (ARRAY['uploading'::text, 'ready'::text, 'approved'::text, 'rejected'::text, 'damaged'::text]))),
    CONSTRAINT artifact_within_its_size CHECK ((received_bytes <= COALESCE(size_bytes, (0)::bigint)))
);


--
-- Name: artifact_news(public.artifact); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.artifact_news(told public.artifact) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    select jsonb_build_object(
        'artifact', told.public_id,
        'run', run.public_id,
        'name', case when not told.is_restricted then told.name end,
        'kind', told.kind,
        'restricted', told.is_restricted,
        'status', told.status,
        'size_bytes', told.size_bytes,
        'sha256', encode(told.sha256, 'hex')
    )
    from run
    where run.id = told.run_id
$$;


--
-- Name: audit_seal; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_seal (
    number bigint NOT NULL,
    entries int8multirange NOT NULL,
    entry_count integer NOT NULL,
    entries_hash bytea NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamp with time zone NOT NULL
);


--
-- Name: audit_link(public.audit_seal); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.audit_link(seal public.audit_seal) RETURNS bytea
    LANGUAGE sql STABLE
    AS $$
select sha256(
    seal.previous_hash
    || seal.entries_hash
    || convert_to(
        jsonb_build_array(
            seal.number,
            seal.entries::text,
            seal.entry_count,
            (extract(epoch from seal.sealed_at) * 1000000)::bigint
        )::text,
        'UTF8'
    )
)
$$;


--
-- Name: bucket_now(integer, integer, timestamp with time zone); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.bucket_now(of_sensor integer, of_tier_s integer, start timestamp with time zone, OUT raw_count bigint, OUT raw_mean double precision, OUT raw_m2 double precision, OUT raw_min double precision, OUT raw_max double precision, OUT raw_first double precision, OUT raw_last double precision, OUT physical_count bigint, OUT physical_mean double precision, OUT physical_m2 double precision, OUT physical_min double precision, OUT physical_max double precision, OUT physical_first double precision, OUT physical_last double precision) RETURNS SETOF record
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
    SET search_path TO 'public', 'pg_temp'
    AS $_$
declare
    stop constant timestamptz := start + of_tier_s * interval '1 second';
    shows_raw constant boolean := (
        select visible.shows_raw
        from sensor join visible_project as visible on visible.id = sensor.project_id
        where sensor.id = of_sensor
    );
begin
    if shows_raw is null then
        return;
    end if;
    if of_tier_s <= 60 then
        execute
            'select
                count(*),
                avg(raw) filter (where abs(raw) < 1e140),
                var_pop(raw) filter (where abs(raw) < 1e140) * count(*),
                min(raw),
                max(raw),
                count(physical),
                avg(physical) filter (where abs(physical) < 1e140),
                var_pop(physical) filter (where abs(physical) < 1e140) * count(physical),
                min(physical),
                max(physical)
            from reading
            where sensor_id = $1 and time >= $2 and time < $3'
        into raw_count, raw_mean, raw_m2, raw_min, raw_max, physical_count, physical_mean, physical_m2, physical_min, physical_max
        using of_sensor, start, stop;
        if raw_count = 0 then
            return;
        end if;
        execute
            'select
                (select raw from reading where sensor_id = $1 and time >= $2 and time < $3 order by time, raw limit 1),
                (
                    select raw
                    from reading
                    where sensor_id = $1 and time >= $2 and time < $3
                    order by time desc, raw desc
                    limit 1
                ),
                (
                    select physical
                    from reading
                    where sensor_id = $1 and time >= $2 and time < $3 and physical is not null
                    order by time, raw, physical
                    limit 1
                ),
                (
                    select physical
                    from reading
                    where sensor_id = $1 and time >= $2 and time < $3 and physical is not null
                    order by time desc, raw desc, physical desc
                    limit 1
                )'
        into raw_first, raw_last, physical_first, physical_last
        using of_sensor, start, stop;
    else
        execute
            'with finer as materialized (
                select *
                from current_bucket
                where sensor_id = $1 and tier_s = $4 and bucket >= $2 and bucket < $3
            ), means as (
                select
                    within(quotient(sum(raw_count * raw_mean), sum(raw_count)), min(raw_min), max(raw_max)) as raw,
                    within(
                        quotient(sum(physical_count * physical_mean), sum(physical_count)),
                        min(physical_min),
                        max(physical_max)
                    ) as physical
                from finer
            )
            select
                sum(raw_count)::bigint,
                min(means.raw),
                sum(raw_m2 + raw_count * square(raw_mean - means.raw)),
                min(raw_min),
                max(raw_max),
                (array_agg(raw_first order by bucket))[1],
                (array_agg(raw_last order by bucket desc))[1],
                sum(physical_count)::bigint,
                min(means.physical),
                sum(physical_m2 + physical_count * square(physical_mean - means.physical)),
                min(physical_min),
                max(physical_max),
                (array_agg(physical_first order by bucket) filter (where physical_count > 0))[1],
                (array_agg(physical_last order by bucket desc) filter (where physical_count > 0))[1]
            from finer cross join means'
        into
            raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last,
            physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last
        using of_sensor, start, stop, case of_tier_s when 3600 then 60 else 3600 end;
        if raw_count is null then
            return;
        end if;
    end if;
    if not is_tame(greatest(abs(raw_min), abs(raw_max))) then
        raw_mean := 'NaN';
        raw_m2 := 'NaN';
    end if;
    if physical_count > 0 and not is_tame(greatest(abs(physical_min), abs(physical_max))) then
        physical_mean := 'NaN';
        physical_m2 := 'NaN';
    end if;
    if not shows_raw then
        raw_mean := null;
        raw_m2 := null;
        raw_min := null;
        raw_max := null;
        raw_first := null;
        raw_last := null;
    end if;
    return next;
end
$_$;


--
-- Name: sensor_limit; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sensor_limit (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    sensor_id integer NOT NULL,
    level text NOT NULL,
    min double precision,
    max double precision,
    hysteresis double precision DEFAULT 0 NOT NULL,
    delay_s double precision DEFAULT 0 NOT NULL,
    during tstzrange NOT NULL,
    created_by uuid,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT sensor_limit_check CHECK ((num_nonnulls(min, max) > 0)),
    CONSTRAINT sensor_limit_during_check CHECK ((NOT isempty(during))),
    CONSTRAINT sensor_limit_level_check CHECK ((level = ANY (ARRAY['warning'::text, 'critical'::text])))
);


--
-- Name: clears_limit(public.sensor_limit, timestamp with time zone, double precision); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.clears_limit(given public.sensor_limit, at timestamp with time zone, value double precision) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
    select not given.during @> at
        or (
            value >= coalesce(given.min, '-Infinity') + given.hysteresis
            and value <= coalesce(given.max, 'Infinity') - given.hysteresis
        )
$$;


--
-- Name: deviation(double precision, bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.deviation(m2 double precision, count bigint) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (m2 < (0.00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001)::double precision) THEN (0)::double precision ELSE sqrt((m2 / (count)::double precision)) END;


--
-- Name: drop_old_chunk(text, timestamp with time zone, timestamp with time zone); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.drop_old_chunk(of_table text, from_time timestamp with time zone, to_time timestamp with time zone) RETURNS SETOF text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    if of_table not in ('reading', 'rollup', 'rollup_fine', 'change_log') then
        raise insufficient_privilege using message = 'only chunks of readings, roll-ups and the log of changes';
    end if;
    return query
        select drop_chunks(
            format('public.%I', of_table)::regclass, older_than => to_time, newer_than => from_time
        );
end
$$;


--
-- Name: enable_columnstore(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.enable_columnstore() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    alter table public.reading set (
        timescaledb.enable_columnstore, timescaledb.segmentby = 'sensor_id', timescaledb.orderby = 'time'
    );
end
$$;


--
-- Name: event_time(timestamp with time zone); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.event_time(at timestamp with time zone) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;


--
-- Name: guard_backfilling(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.guard_backfilling() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    if exists (
        select
        from backfill_session as touched
        join backfill on backfill.id = touched.backfill_id
        where touched.capture_session_id = new.id and is_open(backfill.status)
    ) then
        perform refuse('capture_session_is_backfilling');
    end if;
    return null;
end
$$;


--
-- Name: guard_capture_session(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.guard_capture_session() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    run_status text;
begin
    select status into run_status from run where id = new.run_id for no key update;
    if run_status in ('finished', 'failed', 'archived') and new.status in ('draft', 'running') then
        perform refuse('run_has_ended');
    end if;
    return null;
end
$$;


--
-- Name: guard_capture_session_deletion(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.guard_capture_session_deletion() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    if is_active(old.status) then
        perform refuse('capture_session_is_active');
    end if;
    if old.status not in ('draft', 'failed') and exists (select from project where id = old.project_id) then
        perform refuse('capture_session_is_kept');
    end if;
    return old;
end
$$;


--
-- Name: guard_experiment_archival(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.guard_experiment_archival() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    if exists (select from run where experiment_id = new.id and status = 'running') then
        perform refuse('experiment_has_running_runs');
    end if;
    return null;
end
$$;


--
-- Name: guard_run_end(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.guard_run_end() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    if exists (select from capture_session where run_id = new.id and is_active(status)) then
        perform refuse('run_has_active_capture_session');
    end if;
    return null;
end
$$;


--
-- Name: guard_run_start(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.guard_run_start() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    experiment_status text;
begin
    select status into experiment_status from experiment where id = new.experiment_id for share;
    if experiment_status = 'archived' then
        perform refuse('experiment_is_archived');
    end if;
    return null;
end
$$;


--
-- Name: guard_sensor(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.guard_sensor() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    if exists (
        select
        from capture_session_sensor as taken
        join capture_session as session on session.id = taken.capture_session_id
        where taken.sensor_id = old.id and is_active(session.status)
    ) then
        perform refuse('sensor_is_in_active_capture_session');
    end if;
    return old;
end
$$;


--
-- Name: guard_unbinding(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.guard_unbinding() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    update run set sensor_ids = array_remove(sensor_ids, old.sensor_id) where id = old.run_id;
    if exists (
        select
        from capture_session_sensor as taken
        join capture_session as session on session.id = taken.capture_session_id
        where taken.sensor_id = old.sensor_id and session.run_id = old.run_id and is_active(session.status)
    ) then
        perform refuse('sensor_is_in_active_capture_session');
    end if;
    return null;
end
$$;


--
-- Name: has_heirs(uuid); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.has_heirs(of_lineage uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
select exists (
    select
    from ingest_token as token
    join valid_ingest_token as valid on valid.id = token.id
    where token.id = of_lineage or token.lineage = of_lineage
)
$$;


--
-- Name: is_active(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.is_active(capture_session_status text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN (capture_session_status = ANY (ARRAY['running'::text, 'backfilling'::text]));


--
-- Name: is_open(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.is_open(backfill_status text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN (backfill_status = ANY (ARRAY['planned'::text, 'running'::text, 'paused'::text, 'undoing'::text]));


--
-- Name: is_tame(double precision); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.is_tame(magnitude double precision) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (magnitude < ('100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric)::double precision);


--
-- Name: is_tame(double precision, double precision); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.is_tame(low double precision, high double precision) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((GREATEST(abs(low), abs(high)) < ('100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric)::double precision) AND ((low = high) OR ((high - low) > (0.00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001)::double precision)));


--
-- Name: join_running_sessions(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.join_running_sessions() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    sensor_status text;
begin
    update run set sensor_ids = sensor_ids || new.sensor_id where id = new.run_id;
    select status into sensor_status from sensor where id = new.sensor_id for share;
    if sensor_status = 'decommissioned' then
        perform refuse('sensor_is_decommissioned');
    end if;
    insert into capture_session_sensor (capture_session_id, sensor_id)
    select id, new.sensor_id from capture_session where run_id = new.run_id and status = 'running';
    return null;
end
$$;


--
-- Name: link_seal(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.link_seal() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    new.hash = audit_link(new);
    return new;
end
$$;


--
-- Name: mark_measures_of_binding(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.mark_measures_of_binding() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    insert into measure_due (run_id)
    select distinct session.run_id
    from changed
    join capture_session as session on session.id = changed.capture_session_id;
    return null;
end
$$;


--
-- Name: mark_measures_of_definition(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.mark_measures_of_definition() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    insert into measure_due (measure_id, is_quiet) values (new.id, true);
    return null;
end
$$;


--
-- Name: mark_measures_of_run(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.mark_measures_of_run() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    insert into measure_due (run_id) values (new.id);
    return null;
end
$$;


--
-- Name: mark_measures_of_session(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.mark_measures_of_session() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    insert into measure_due (run_id) values (coalesce(new.run_id, old.run_id));
    return null;
end
$$;


--
-- Name: mark_touched_measures(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.mark_touched_measures() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    if exists (select from measure_reach) then
        insert into measure_due (value_id)
        select distinct reach.value_id
        from (
            select touched.sensor_id, min(gone.minute) as first, max(gone.minute) as last
            from gone
            cross join unnest(gone.sensor_ids) as touched (sensor_id)
            group by touched.sensor_id, date_bin('1 day', gone.minute, timestamptz 'epoch')
        ) as stretch
        join measure_reach as reach
            on reach.sensor_id = stretch.sensor_id
            and reach.during && tstzrange(stretch.first, stretch.last + interval '1 minute');
    end if;
    return null;
end
$$;


--
-- Name: move_into_columnstore(oid); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.move_into_columnstore(chunk oid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    if not exists (select from show_chunks('public.reading') as ours where ours::oid = chunk) then
        raise insufficient_privilege using message = 'only chunks of readings';
    end if;
    call convert_to_columnstore(chunk::regclass);
end
$$;


--
-- Name: reject_block; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reject_block (
    id bigint NOT NULL,
    project_id integer NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    mark uuid DEFAULT gen_random_uuid() NOT NULL,
    from_us bigint,
    until_us bigint,
    producer_ids integer[] NOT NULL,
    sensors text[] NOT NULL,
    sensor_ids integer[] NOT NULL,
    codes text[] NOT NULL,
    waiting integer[] NOT NULL,
    kind smallint[] NOT NULL,
    seq bigint[] NOT NULL,
    index integer[] NOT NULL,
    t_us bigint[] NOT NULL,
    value double precision[] NOT NULL,
    text text[],
    replayed_us bigint[]
);
ALTER TABLE ONLY public.reject_block ALTER COLUMN kind SET COMPRESSION lz4;
ALTER TABLE ONLY public.reject_block ALTER COLUMN seq SET COMPRESSION lz4;
ALTER TABLE ONLY public.reject_block ALTER COLUMN index SET COMPRESSION lz4;
ALTER TABLE ONLY public.reject_block ALTER COLUMN t_us SET COMPRESSION lz4;
ALTER TABLE ONLY public.reject_block ALTER COLUMN value SET COMPRESSION lz4;
ALTER TABLE ONLY public.reject_block ALTER COLUMN text SET COMPRESSION lz4;
ALTER TABLE ONLY public.reject_block ALTER COLUMN replayed_us SET COMPRESSION lz4;


--
-- Name: rejected_reading; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.rejected_reading (
    id bigint NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    producer_id integer,
    seq bigint,
    index integer NOT NULL,
    sensor text NOT NULL,
    sensor_id integer,
    t_us bigint NOT NULL,
    value double precision NOT NULL,
    code text NOT NULL,
    replayed_at timestamp with time zone
);


--
-- Name: move_rejected_readings(integer); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.move_rejected_readings(most integer) RETURNS bigint
    LANGUAGE sql
    BEGIN ATOMIC
 WITH moved AS (
          DELETE FROM public.rejected_reading
           WHERE (rejected_reading.id IN ( SELECT rejected_reading_1.id
                    FROM public.rejected_reading rejected_reading_1
                   ORDER BY rejected_reading_1.id
                  LIMIT move_rejected_readings.most
                  FOR UPDATE OF rejected_reading_1 SKIP LOCKED))
           RETURNING rejected_reading.id,
             rejected_reading.public_id,
             rejected_reading.project_id,
             rejected_reading.received_at,
             rejected_reading.producer_id,
             rejected_reading.seq,
             rejected_reading.index,
             rejected_reading.sensor,
             rejected_reading.sensor_id,
             rejected_reading.t_us,
             rejected_reading.value,
             rejected_reading.code,
             rejected_reading.replayed_at
         ), placed AS (
          SELECT moved.id,
             moved.public_id,
             moved.project_id,
             moved.received_at,
             moved.producer_id,
             moved.seq,
             moved.index,
             moved.sensor,
             moved.sensor_id,
             moved.t_us,
             moved.value,
             moved.code,
             moved.replayed_at,
             ((row_number() OVER (PARTITION BY moved.project_id, moved.received_at ORDER BY moved.id) - 1) / 256) AS part
            FROM moved
         ), sorted AS (
          SELECT placed.id,
             placed.public_id,
             placed.project_id,
             placed.received_at,
             placed.producer_id,
             placed.seq,
             placed.index,
             placed.sensor,
             placed.sensor_id,
             placed.t_us,
             placed.value,
             placed.code,
             placed.replayed_at,
             placed.part,
             dense_rank() OVER (PARTITION BY placed.project_id, placed.received_at, placed.part ORDER BY placed.producer_id NULLS FIRST, placed.sensor, placed.sensor_id NULLS FIRST, placed.code) AS kind
            FROM placed
         ), kinds AS (
          SELECT counted.project_id,
             counted.received_at,
             counted.part,
             array_agg(COALESCE(counted.producer_id, 0) ORDER BY counted.kind) AS producer_ids,
             array_agg(counted.sensor ORDER BY counted.kind) AS sensors,
             array_agg(COALESCE(counted.sensor_id, 0) ORDER BY counted.kind) AS sensor_ids,
             array_agg(counted.code ORDER BY counted.kind) AS codes,
             array_agg(counted.waiting ORDER BY counted.kind) AS waiting
            FROM ( SELECT sorted.project_id,
                     sorted.received_at,
                     sorted.part,
                     sorted.kind,
                     sorted.producer_id,
                     sorted.sensor,
                     sorted.sensor_id,
                     sorted.code,
                     (count(*) FILTER (WHERE (sorted.replayed_at IS NULL)))::integer AS waiting
                    FROM sorted
                   GROUP BY sorted.project_id, sorted.received_at, sorted.part, sorted.kind, sorted.producer_id, sorted.sensor, sorted.sensor_id, sorted.code) counted
           GROUP BY counted.project_id, counted.received_at, counted.part
         ), letters AS (
          SELECT sorted.project_id,
             sorted.received_at,
             sorted.part,
             min(sorted.id) AS first_id,
             min(sorted.t_us) AS from_us,
             max(sorted.t_us) AS until_us,
             array_agg((sorted.kind)::smallint ORDER BY sorted.id) AS kind,
             array_agg(COALESCE(sorted.seq, (0)::bigint) ORDER BY sorted.id) AS seq,
             array_agg(sorted.index ORDER BY sorted.id) AS index,
             array_agg(sorted.t_us ORDER BY sorted.id) AS t_us,
             array_agg(sorted.value ORDER BY sorted.id) AS value,
                 CASE
                     WHEN (count(sorted.replayed_at) > 0) THEN array_agg(COALESCE(((EXTRACT(epoch FROM sorted.replayed_at) * (1000000)::numeric))::bigint, (0)::bigint) ORDER BY sorted.id)
                     ELSE NULL::bigint[]
                 END AS replayed_us
            FROM sorted
           GROUP BY sorted.project_id, sorted.received_at, sorted.part
         ), blocks AS (
          INSERT INTO public.reject_block (project_id, received_at, from_us, until_us, producer_ids, sensors, sensor_ids, codes, waiting, kind, seq, index, t_us, value, replayed_us)  SELECT letters.project_id,
                     letters.received_at,
                     letters.from_us,
                     letters.until_us,
                     kinds.producer_ids,
                     kinds.sensors,
                     kinds.sensor_ids,
                     kinds.codes,
                     kinds.waiting,
                     letters.kind,
                     letters.seq,
                     letters.index,
                     letters.t_us,
                     letters.value,
                     letters.replayed_us
                    FROM (letters
                      JOIN kinds USING (project_id, received_at, part))
                   ORDER BY letters.first_id
           RETURNING cardinality(reject_block.kind) AS letters
         )
  SELECT COALESCE(sum(blocks.letters), (0)::bigint) AS "coalesce"
    FROM blocks;
END;


--
-- Name: note_artifact_removal(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.note_artifact_removal() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    insert into artifact_removal (artifact_id) values (old.public_id) on conflict do nothing;
    return null;
end
$$;


--
-- Name: note_catalog_stamp(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.note_catalog_stamp() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    delete from catalog_change where project_id = new.id and version < new.catalog_version - 1000;
    insert into catalog_change (project_id, version, stamp)
    values (new.id, new.catalog_version, new.catalog_stamp);
    return null;
end
$$;


--
-- Name: note_changed_limits(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.note_changed_limits() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    insert into catalog_change (project_id, version, sensor_ids)
    select project.id, project.catalog_version, array_agg(distinct sensor.id)
    from changed
    join sensor on sensor.id = changed.sensor_id
    join project on project.id = sensor.project_id
    group by project.id;
    return null;
end
$$;


--
-- Name: note_changed_sensors(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.note_changed_sensors() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    insert into catalog_change (project_id, version, sensor_ids)
    select project.id, project.catalog_version, array_agg(changed.id)
    from changed
    join project on project.id = changed.project_id
    group by project.id;
    return null;
end
$$;


--
-- Name: note_changed_validity(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.note_changed_validity() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    insert into catalog_change (project_id, version, sensor_ids)
    select project.id, project.catalog_version, array_agg(distinct sensor.id)
    from changed
    join sensor on sensor.id = changed.sensor_id
    join project on project.id = sensor.project_id
    group by project.id;
    return null;
end
$$;


--
-- Name: note_first_held(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.note_first_held() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    update conversion_profile set first_held_at = now() where id = new.profile_id and first_held_at is null;
    return null;
end
$$;


--
-- Name: oldest_transaction_s(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.oldest_transaction_s() RETURNS double precision
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
select coalesce(extract(epoch from clock_timestamp() - min(xact_start))::float8, 0)
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
$$;


--
-- Name: pass_limits(integer, integer[], bigint, bytea, integer); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.pass_limits(of_project integer, sensor_ids integer[], oldest_us bigint, newest bytea, max_commits integer) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
begin
    perform pg_advisory_xact_lock_shared(43, of_project);
    -- Statements of their own after the lock: their snapshots must be younger.
    if exists (select from limit_standing where project_id = of_project and sensor_id = any(sensor_ids))
        or (select count(*) from limit_progress where project_id = of_project) > max_commits
        or exists (select from excursion where project_id = of_project and to_us >= oldest_us)
        or exists (select from excursion_due where project_id = of_project and to_us >= oldest_us)
    then
        raise exception using errcode = 'BG001';
    end if;
    if newest is not null then
        insert into limit_progress (project_id, newest) values (of_project, newest);
    end if;
    return true;
exception when sqlstate 'BG001' then
    return false;
end
$$;


--
-- Name: project_keeps_an_owner(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.project_keeps_an_owner() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    perform from project where id = old.project_id for no key update;
    if found and not exists (
        select
        from member
        join account on account.id = member.account_id
        where member.project_id = old.project_id
            and member.role = 'owner'
            and account.kind = 'person'
            and account.deactivated_at is null
    ) then
        raise exception 'project % would be left without an owner', old.project_id
            using errcode = 'check_violation', constraint = 'project_keeps_an_owner';
    end if;
    return null;
end
$$;


--
-- Name: prune_audit(integer); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.prune_audit(keep_days integer) RETURNS jsonb
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
-- For this transaction. An owner that is no superuser can't tie it to the function.
select set_config('barograph.audit_retention', 'on', true);
with old as (
    select number, entries, hash
    from audit_seal
    where sealed_at < now() - greatest(keep_days, 1) * interval '1 day'
    order by number
    limit 100
), last as (
    select number, hash from old order by number desc limit 1
), anchored as (
    insert into audit_anchor (number, hash) select number, hash from last
), gone as (
    delete from audit_entry
    using old
    where audit_entry.id >= lower(old.entries)
        and audit_entry.id < upper(old.entries)
        and old.entries @> audit_entry.id
    returning audit_entry.id
), unsealed as (
    delete from audit_seal using old where audit_seal.number = old.number
), unsigned as (
    delete from audit_signature using old where audit_signature.number = old.number
)
insert into audit_entry (actor, action, after)
select
    'barograph',
    'audit.prune',
    jsonb_build_object(
        'seal', last.number,
        'hash', encode(last.hash, 'hex'),
        'entries', (select count(*) from gone)
    )
from last
returning after
$$;


--
-- Name: queue_for_sealing(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.queue_for_sealing() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    insert into audit_unsealed select id from written;
    return null;
end
$$;


--
-- Name: quotient(double precision, numeric); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.quotient(dividend double precision, divisor numeric) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (abs(dividend) < (0.00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001)::double precision) THEN (0)::double precision ELSE (dividend / (NULLIF(divisor, (0)::numeric))::double precision) END;


--
-- Name: refuse(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.refuse(reason text) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    raise exception '%', reason using errcode = 'restrict_violation', constraint = reason;
end
$$;


--
-- Name: refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    raise exception '% is append-only', tg_table_name using
        errcode = 'restrict_violation', constraint = tg_table_name || '_is_append_only';
end
$$;


--
-- Name: register_sensors(integer, uuid, text[]); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.register_sensors(of_project integer, by_token uuid, wanted text[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    room int;
    token_name text;
    made int;
begin
    select name into token_name
    from ingest_token
    join valid_ingest_token as valid using (id)
    where ingest_token.id = by_token and valid.project_id = of_project and valid.sensors is null;
    if token_name is null or not exists (
        select from project
        where id = of_project
            and register_sensors_up_to > (select count(*) from sensor where project_id = of_project)
    ) then
        return 0;
    end if;
    update project set catalog_version = catalog_version + 1 where id = of_project;
    -- A statement of its own after the lock: its snapshot must be younger.
    select register_sensors_up_to - (select count(*) from sensor where project_id = of_project) into room
    from project
    where id = of_project;
    with made_sensor as (
        insert into sensor (project_id, key)
        select of_project, missing.key
        from (
            select given.key
            from unnest(wanted) with ordinality as given (key, place)
            where not exists (
                select from sensor where sensor.project_id = of_project and sensor.key = given.key
            )
            order by given.place
            limit greatest(room, 0)
        ) as missing
        on conflict do nothing
        returning public_id, key
    ), noted as (
        insert into audit_entry (project_id, actor, action, subject_id, after)
        select
            of_project, 'token ' || token_name, 'sensor.create', public_id, jsonb_build_object('key', key)
        from made_sensor
    )
    select count(*) into made from made_sensor;
    perform pg_notify('barograph_catalog', of_project::text);
    return made;
end
$$;


--
-- Name: square(double precision); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.square(value double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (abs(value) < (0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001)::double precision) THEN (0)::double precision ELSE (value * value) END;


--
-- Name: stamp_catalog(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.stamp_catalog() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    new.catalog_stamp := gen_random_uuid();
    return new;
end
$$;


--
-- Name: stamp_replaced_at(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.stamp_replaced_at() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    latest timestamptz;
begin
    perform set_config('synchronous_commit', 'off', true);
    -- Should the clock have been set back, the order of rewritings stays what it was.
    select max(replaced_at) + interval '1 microsecond'
    into latest
    from backfill_saved
    where project_id = new.project_id
        and during && new.during
        and sensor_ids && new.sensor_ids
        and replaced_at < 'infinity';
    update backfill_saved set replaced_at = greatest(clock_timestamp(), latest) where id = new.id;
    return null;
end
$$;


--
-- Name: reading; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reading (
    "time" timestamp with time zone NOT NULL,
    raw double precision NOT NULL,
    physical double precision,
    sensor_id integer NOT NULL,
    profile_id integer,
    flags smallint
);


--
-- Name: stored_since(integer[], timestamp with time zone, timestamp with time zone, xid8); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.stored_since(sensor_ids integer[], starts_at timestamp with time zone, ends_at timestamp with time zone, since xid8) RETURNS SETOF public.reading
    LANGUAGE plpgsql STABLE
    AS $_$
declare
    chunk regclass;
begin
    for chunk in
        select format('%I.%I', chunk_schema, chunk_name)::regclass
        from timescaledb_information.chunks
        where hypertable_schema = current_schema
            and hypertable_name = 'reading'
            and range_start < ends_at
            and range_end > starts_at
    loop
        return query execute format(
            'select time, raw, physical, sensor_id, profile_id, flags from only %s
            where sensor_id = any($1) and time >= $2 and time < $3 and age(xmin) < age($4::xid)',
            chunk
        ) using sensor_ids, starts_at, ends_at, since;
    end loop;
end
$_$;


--
-- Name: take_run_sensors(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.take_run_sensors() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    perform from sensor
    where id in (select sensor_id from run_sensor where run_id = new.run_id)
    order by id
    for share;
    if exists (
        select
        from run_sensor
        join sensor on sensor.id = run_sensor.sensor_id
        where run_sensor.run_id = new.run_id and sensor.status = 'decommissioned'
    ) then
        perform refuse('sensor_is_decommissioned');
    end if;
    insert into capture_session_sensor (capture_session_id, sensor_id)
    select new.id, sensor_id from run_sensor where run_id = new.run_id;
    return null;
end
$$;


--
-- Name: tell_of_backfill(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.tell_of_backfill() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    insert into event (project_id, kind, payload)
    values (
        new.project_id,
        'backfill.' || case new.status when 'running' then 'started' else new.status end,
        jsonb_build_object(
            'backfill_id', new.public_id,
            'status', new.status,
            'dry_run', new.is_dry_run,
            'reason', new.reason,
            'error', new.error,
            'started_at', event_time(new.started_at),
            'finished_at', event_time(new.finished_at)
        )
    );
    return null;
end
$$;


--
-- Name: tell_of_comparison(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.tell_of_comparison() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    told saved_comparison := case when tg_op = 'DELETE' then old else new end;
begin
    insert into event (project_id, kind, payload)
    select
        project.id,
        'comparison.changed',
        jsonb_build_object(
            'comparison_id', told.public_id,
            'name', told.name,
            'change', case tg_op when 'INSERT' then 'created' when 'UPDATE' then 'changed' else 'deleted' end
        )
    from project
    where project.id = told.project_id;
    return null;
end
$$;


--
-- Name: tell_of_import(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.tell_of_import() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    insert into event (project_id, kind, payload)
    values (
        new.project_id,
        'import.finished',
        jsonb_build_object(
            'import_id', new.public_id,
            'file_name', new.file_name,
            'status', new.status,
            'failure', nullif(new.failure, ''),
            'accepted', new.accepted,
            'rows', new.rows_done
        )
    );
    return null;
end
$$;


--
-- Name: tell_of_states(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.tell_of_states() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
    insert into event (project_id, kind, payload)
    select
        run.project_id,
        'run.' || case moved.to_status when 'running' then 'started' else moved.to_status end,
        jsonb_build_object(
            'run_id', run.public_id,
            'run', run.name,
            'experiment_id', experiment.public_id,
            'experiment', experiment.name,
            'from', moved.from_status,
            'status', moved.to_status,
            'started_at', event_time(run.started_at),
            'finished_at', event_time(run.finished_at),
            'actor', moved.actor,
            'reason', moved.reason
        )
    from moved
    join run on run.id = moved.subject_id
    join experiment on experiment.id = run.experiment_id
    where moved.kind = 'run' and moved.to_status in ('running', 'finished', 'failed', 'archived')
    order by moved.id;

    insert into event (project_id, kind, payload)
    select
        session.project_id,
        'capture.' || told.what,
        jsonb_build_object(
            'capture_session_id', session.public_id,
            'ordinal', session.ordinal,
            'run_id', run.public_id,
            'run', run.name,
            'from', moved.from_status,
            'status', moved.to_status,
            'started_at', event_time(session.started_at),
            'stopped_at', event_time(session.stopped_at),
            'actor', moved.actor,
            'reason', moved.reason
        )
    from moved
    join capture_session as session on session.id = moved.subject_id
    join run on run.id = session.run_id
    cross join lateral (
        select case
            when moved.from_status = 'backfilling' then 'backfill.finished'
            when moved.to_status = 'running' then 'started'
            when moved.to_status = 'succeeded' then 'completed'
            when moved.to_status = 'failed' then 'failed'
        end as what
    ) as told
    where moved.kind = 'capture_session' and told.what is not null
    order by moved.id;
    return null;
end
$$;


--
-- Name: violates_limit(public.sensor_limit, timestamp with time zone, double precision); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.violates_limit(given public.sensor_limit, at timestamp with time zone, value double precision) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
    select given.during @> at
        and (value < coalesce(given.min, '-Infinity') or value > coalesce(given.max, 'Infinity'))
$$;


--
-- Name: within(double precision, double precision, double precision); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.within(value double precision, low double precision, high double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (value < low) THEN low WHEN ((value > high) AND (value <> 'NaN'::double precision)) THEN high ELSE value END;


--
-- Name: annotation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.annotation (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    run_id integer,
    from_time timestamp with time zone NOT NULL,
    to_time timestamp with time zone,
    text text NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    sensor_ids integer[] DEFAULT '{}'::integer[] NOT NULL,
    created_by uuid,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT annotation_has_its_times CHECK ((to_time >= from_time))
);


--
-- Name: project; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.project (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    raw_access text DEFAULT 'members'::text NOT NULL,
    max_age_s bigint DEFAULT 31536000 NOT NULL,
    catalog_version bigint DEFAULT 1 NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    raw_keep_days integer,
    rollup_keep_days integer,
    raw_from timestamp with time zone,
    rollup_from timestamp with time zone,
    catalog_stamp uuid DEFAULT gen_random_uuid() NOT NULL,
    rejects_keep_days integer DEFAULT 30 NOT NULL,
    sensor_key_template text DEFAULT '{measurement}{tags}.{field}'::text NOT NULL,
    register_sensors_up_to integer DEFAULT 0 NOT NULL,
    CONSTRAINT project_keeps_rollups_longer CHECK (((rollup_keep_days IS NULL) OR ((raw_keep_days IS NOT NULL) AND (rollup_keep_days >= raw_keep_days)))),
    CONSTRAINT project_max_age_s_check CHECK (((max_age_s >= 60) AND (max_age_s <= '3155760000'::bigint))),
    CONSTRAINT project_raw_access_check CHECK ((raw_access = ANY (ARRAY['members'::text, 'editors'::text]))),
    CONSTRAINT project_raw_keep_days_check CHECK (((raw_keep_days >= 1) AND (raw_keep_days <= 36525))),
    CONSTRAINT project_register_sensors_up_to_check CHECK ((register_sensors_up_to >= 0)),
    CONSTRAINT project_rollup_keep_days_check CHECK (((rollup_keep_days >= 1) AND (rollup_keep_days <= 36525)))
);


--
-- Name: run; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.run (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    experiment_id integer NOT NULL,
    name text NOT NULL,
    params jsonb DEFAULT '{}'::jsonb NOT NULL,
    git_sha text,
    env jsonb,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    notes text DEFAULT ''::text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    auto_finish_after_s bigint,
    sensor_ids integer[] DEFAULT '{}'::integer[] NOT NULL,
    last_ordinal integer DEFAULT 0 NOT NULL,
    created_by uuid,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT run_auto_finish_after_s_check CHECK ((auto_finish_after_s > 0)),
    CONSTRAINT run_has_its_times CHECK ((((status <> 'draft'::text) OR (started_at IS NULL)) AND ((status <> 'running'::text) OR ((started_at IS NOT NULL) AND (finished_at IS NULL))) AND ((status <> ALL (ARRAY['finished'::text, 'failed'::text])) OR (finished_at IS NOT NULL)) AND (finished_at >= started_at))),
    CONSTRAINT run_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'running'::text, 'finished'::text, 'failed'::text, 'archived'::text])))
);


--
-- Name: sensor; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sensor (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    key text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    kind text DEFAULT ''::text NOT NULL,
    input_unit text DEFAULT ''::text NOT NULL,
    output_unit text DEFAULT ''::text NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    status text DEFAULT 'registering'::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    silent_after_s integer,
    CONSTRAINT sensor_key_check CHECK (((length(key) >= 1) AND (length(key) <= 500))),
    CONSTRAINT sensor_silent_after_s_check CHECK (((silent_after_s >= 1) AND (silent_after_s <= 31536000))),
    CONSTRAINT sensor_status_check CHECK ((status = ANY (ARRAY['registering'::text, 'active'::text, 'inactive'::text, 'decommissioned'::text])))
);


--
-- Name: sql_role; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sql_role (
    name name NOT NULL,
    shows_raw boolean DEFAULT false NOT NULL,
    expires_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: sql_role_project; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sql_role_project (
    name name NOT NULL,
    project_id integer NOT NULL
);


--
-- Name: visible_project; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.visible_project AS
 SELECT project.id,
    project.public_id,
    project.name,
    project.description,
    project.raw_from,
    project.rollup_from,
    project.created_at,
    project.updated_at,
    (sql_role.shows_raw OR (project.raw_access = 'members'::text)) AS shows_raw
   FROM ((public.sql_role
     JOIN public.sql_role_project USING (name))
     JOIN public.project ON ((project.id = sql_role_project.project_id)))
  WHERE ((sql_role.name = SESSION_USER) AND ((sql_role.expires_at IS NULL) OR (sql_role.expires_at > now())));


--
-- Name: capture_session; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.capture_session (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    run_id integer NOT NULL,
    ordinal integer NOT NULL,
    notes text DEFAULT ''::text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    started_at timestamp with time zone,
    stopped_at timestamp with time zone,
    created_by uuid,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT capture_session_has_its_times CHECK ((((status <> 'draft'::text) OR (started_at IS NULL)) AND ((status <> 'running'::text) OR ((started_at IS NOT NULL) AND (stopped_at IS NULL))) AND ((status <> ALL (ARRAY['succeeded'::text, 'failed'::text, 'backfilling'::text])) OR (stopped_at IS NOT NULL)) AND (stopped_at >= started_at))),
    CONSTRAINT capture_session_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'backfilling'::text, 'archived'::text])))
);


--
-- Name: capture_session_sensor; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.capture_session_sensor (
    capture_session_id integer NOT NULL,
    sensor_id integer NOT NULL
);


--
-- Name: experiment; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.experiment (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    name text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    created_by uuid,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT experiment_has_its_times CHECK ((((status <> 'draft'::text) OR (started_at IS NULL)) AND ((status <> 'running'::text) OR ((started_at IS NOT NULL) AND (finished_at IS NULL))) AND ((status <> ALL (ARRAY['finished'::text, 'failed'::text])) OR (finished_at IS NOT NULL)) AND (finished_at >= started_at))),
    CONSTRAINT experiment_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'running'::text, 'finished'::text, 'failed'::text, 'archived'::text])))
);


--
-- Name: sensor_liveness; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sensor_liveness (
    sensor_id integer NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    latest_at timestamp with time zone,
    is_online boolean DEFAULT false NOT NULL
)
WITH (fillfactor='50');


--
-- Name: conversion_profile; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.conversion_profile (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    sensor_id integer NOT NULL,
    number integer NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    content_hash text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    created_by uuid,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deprecated_at timestamp with time zone,
    first_held_at timestamp with time zone
);


--
-- Name: dirty_window; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.dirty_window (
    id bigint NOT NULL,
    minute timestamp with time zone NOT NULL,
    sensor_ids integer[] NOT NULL,
    seconds bigint[],
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    readings bigint,
    held_until timestamp with time zone,
    sensor_readings bigint[]
);


--
-- Name: fold_due; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.fold_due (
    id bigint NOT NULL,
    tier_s integer NOT NULL,
    bucket timestamp with time zone NOT NULL,
    sensor_ids integer[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    held_until timestamp with time zone
);


--
-- Name: marked_sensor; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.marked_sensor WITH (security_barrier='true') AS
 SELECT sensor.id,
    sensor.public_id,
    sensor.key,
    sensor.output_unit AS unit,
    project.public_id AS in_project,
    project.shows_raw,
    COALESCE(dirty.minute, 'infinity'::timestamp with time zone) AS first_minute,
    COALESCE(date_bin('1 day'::interval, LEAST(dirty.minute, due.bucket), '1970-01-01 00:00:00+00'::timestamp with time zone), 'infinity'::timestamp with time zone) AS first_bucket
   FROM (((public.visible_project project
     JOIN public.sensor ON ((sensor.project_id = project.id)))
     CROSS JOIN LATERAL ( SELECT min(dirty_window.minute) AS minute
           FROM public.dirty_window
          WHERE (sensor.id = ANY (dirty_window.sensor_ids))) dirty)
     CROSS JOIN LATERAL ( SELECT min(fold_due.bucket) AS bucket
           FROM public.fold_due
          WHERE (sensor.id = ANY (fold_due.sensor_ids))) due);


--
-- Name: rollup; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.rollup (
    bucket timestamp with time zone NOT NULL,
    raw_mean double precision NOT NULL,
    raw_m2 double precision NOT NULL,
    raw_min double precision NOT NULL,
    raw_max double precision NOT NULL,
    raw_first double precision NOT NULL,
    raw_last double precision NOT NULL,
    raw_min_time timestamp with time zone NOT NULL,
    raw_max_time timestamp with time zone NOT NULL,
    raw_first_time timestamp with time zone NOT NULL,
    raw_last_time timestamp with time zone NOT NULL,
    raw_count bigint NOT NULL,
    physical_mean double precision,
    physical_m2 double precision,
    physical_min double precision,
    physical_max double precision,
    physical_first double precision,
    physical_last double precision,
    physical_min_time timestamp with time zone,
    physical_max_time timestamp with time zone,
    physical_first_time timestamp with time zone,
    physical_last_time timestamp with time zone,
    physical_count bigint NOT NULL,
    sensor_id integer NOT NULL,
    tier_s integer NOT NULL,
    least_profile integer,
    greatest_profile integer,
    has_seconds boolean DEFAULT false NOT NULL,
    raw_mean_rest double precision,
    physical_mean_rest double precision,
    finest_us integer,
    CONSTRAINT rollup_raw_count_check CHECK ((raw_count > 0))
)
WITH (fillfactor='80');


--
-- Name: stale_bucket; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.stale_bucket AS
 SELECT 60 AS tier_s,
    dirty_window.minute AS bucket,
    dirty_window.sensor_ids
   FROM public.dirty_window
UNION ALL
 SELECT 3600 AS tier_s,
    date_bin('01:00:00'::interval, dirty_window.minute, '1970-01-01 00:00:00+00'::timestamp with time zone) AS bucket,
    dirty_window.sensor_ids
   FROM public.dirty_window
UNION ALL
 SELECT 86400 AS tier_s,
    date_bin('1 day'::interval, dirty_window.minute, '1970-01-01 00:00:00+00'::timestamp with time zone) AS bucket,
    dirty_window.sensor_ids
   FROM public.dirty_window
UNION ALL
 SELECT 3600 AS tier_s,
    fold_due.bucket,
    fold_due.sensor_ids
   FROM public.fold_due
  WHERE (fold_due.tier_s = 3600)
UNION ALL
 SELECT 86400 AS tier_s,
    date_bin('1 day'::interval, fold_due.bucket, '1970-01-01 00:00:00+00'::timestamp with time zone) AS bucket,
    fold_due.sensor_ids
   FROM public.fold_due;


--
-- Name: current_bucket; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.current_bucket AS
 SELECT sensor.id AS sensor_id,
    held.tier_s,
    held.bucket,
    held.raw_count,
        CASE
            WHEN ((held.raw_mean = 'NaN'::double precision) AND public.is_tame(GREATEST(abs(held.raw_min), abs(held.raw_max)))) THEN ( SELECT made.raw_mean
               FROM public.bucket_now(sensor.id, held.tier_s, held.bucket) made(raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last, physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last))
            ELSE held.raw_mean
        END AS raw_mean,
        CASE
            WHEN ((held.raw_mean = 'NaN'::double precision) AND public.is_tame(GREATEST(abs(held.raw_min), abs(held.raw_max)))) THEN ( SELECT made.raw_m2
               FROM public.bucket_now(sensor.id, held.tier_s, held.bucket) made(raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last, physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last))
            ELSE held.raw_m2
        END AS raw_m2,
    held.raw_min,
    held.raw_max,
    held.raw_first,
    held.raw_last,
    held.physical_count,
        CASE
            WHEN ((held.physical_mean = 'NaN'::double precision) AND public.is_tame(GREATEST(abs(held.physical_min), abs(held.physical_max)))) THEN ( SELECT made.physical_mean
               FROM public.bucket_now(sensor.id, held.tier_s, held.bucket) made(raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last, physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last))
            ELSE held.physical_mean
        END AS physical_mean,
        CASE
            WHEN ((held.physical_mean = 'NaN'::double precision) AND public.is_tame(GREATEST(abs(held.physical_min), abs(held.physical_max)))) THEN ( SELECT made.physical_m2
               FROM public.bucket_now(sensor.id, held.tier_s, held.bucket) made(raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last, physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last))
            ELSE held.physical_m2
        END AS physical_m2,
    held.physical_min,
    held.physical_max,
    held.physical_first,
    held.physical_last,
    sensor.public_id,
    sensor.key,
    sensor.unit,
    sensor.in_project,
    sensor.shows_raw
   FROM (public.marked_sensor sensor
     CROSS JOIN LATERAL ( SELECT rollup.tier_s,
            rollup.bucket,
            rollup.raw_count,
            rollup.raw_mean,
            rollup.raw_m2,
            rollup.raw_min,
            rollup.raw_max,
            rollup.raw_first,
            rollup.raw_last,
            rollup.physical_count,
            rollup.physical_mean,
            rollup.physical_m2,
            rollup.physical_min,
            rollup.physical_max,
            rollup.physical_first,
            rollup.physical_last
           FROM public.rollup
          WHERE ((rollup.sensor_id = sensor.id) AND (rollup.tier_s = ANY (ARRAY[60, 3600, 86400])) AND (rollup.bucket <
                CASE
                    WHEN (rollup.tier_s = 60) THEN sensor.first_minute
                    ELSE sensor.first_bucket
                END))
        UNION ALL
         SELECT rollup.tier_s,
            rollup.bucket,
            rollup.raw_count,
            rollup.raw_mean,
            rollup.raw_m2,
            rollup.raw_min,
            rollup.raw_max,
            rollup.raw_first,
            rollup.raw_last,
            rollup.physical_count,
            rollup.physical_mean,
            rollup.physical_m2,
            rollup.physical_min,
            rollup.physical_max,
            rollup.physical_first,
            rollup.physical_last
           FROM public.rollup
          WHERE ((rollup.sensor_id = sensor.id) AND (rollup.tier_s = ANY (ARRAY[60, 3600, 86400])) AND (rollup.bucket >= sensor.first_bucket) AND (rollup.bucket >=
                CASE
                    WHEN (rollup.tier_s = 60) THEN sensor.first_minute
                    ELSE sensor.first_bucket
                END) AND (NOT (EXISTS ( SELECT
                   FROM public.stale_bucket stale
                  WHERE ((stale.tier_s = rollup.tier_s) AND (stale.bucket = rollup.bucket) AND (sensor.id = ANY (stale.sensor_ids)))))))
        UNION ALL
         SELECT stale.tier_s,
            stale.bucket,
            made.raw_count,
            made.raw_mean,
            made.raw_m2,
            made.raw_min,
            made.raw_max,
            made.raw_first,
            made.raw_last,
            made.physical_count,
            made.physical_mean,
            made.physical_m2,
            made.physical_min,
            made.physical_max,
            made.physical_first,
            made.physical_last
           FROM (( SELECT stale_bucket.tier_s,
                    stale_bucket.bucket
                   FROM public.stale_bucket
                  WHERE (sensor.id = ANY (stale_bucket.sensor_ids))
                  GROUP BY stale_bucket.tier_s, stale_bucket.bucket) stale
             CROSS JOIN LATERAL public.bucket_now(sensor.id, stale.tier_s, stale.bucket) made(raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last, physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last))) held);


--
-- Name: visible_bucket; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.visible_bucket AS
 SELECT tier_s,
    bucket AS "time",
    public_id AS sensor_id,
    key AS sensor_key,
    in_project AS project_id,
    unit,
    physical_count AS count,
        CASE
            WHEN (physical_min = physical_max) THEN physical_min
            ELSE physical_mean
        END AS mean,
    physical_min AS min,
    physical_max AS max,
    physical_first AS first,
    physical_last AS last,
        CASE
            WHEN (physical_count < 2) THEN NULL::double precision
            WHEN (physical_min = physical_max) THEN (0)::double precision
            ELSE public.deviation(physical_m2, (physical_count - 1))
        END AS stddev,
    raw_count,
        CASE
            WHEN (NOT shows_raw) THEN NULL::double precision
            WHEN (raw_min = raw_max) THEN raw_min
            ELSE raw_mean
        END AS raw_mean,
        CASE
            WHEN shows_raw THEN raw_min
            ELSE NULL::double precision
        END AS raw_min,
        CASE
            WHEN shows_raw THEN raw_max
            ELSE NULL::double precision
        END AS raw_max,
        CASE
            WHEN shows_raw THEN raw_first
            ELSE NULL::double precision
        END AS raw_first,
        CASE
            WHEN shows_raw THEN raw_last
            ELSE NULL::double precision
        END AS raw_last,
        CASE
            WHEN ((NOT shows_raw) OR (raw_count < 2)) THEN NULL::double precision
            WHEN (raw_min = raw_max) THEN (0)::double precision
            ELSE public.deviation(raw_m2, (raw_count - 1))
        END AS raw_stddev
   FROM public.current_bucket held;


--
-- Name: stale_second; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.stale_second AS
 SELECT (dirty_window.minute + ((place.place)::double precision * '00:00:01'::interval)) AS bucket,
    touched.sensor_id
   FROM ((public.dirty_window
     CROSS JOIN LATERAL UNNEST(dirty_window.sensor_ids, dirty_window.seconds) touched(sensor_id, seconds))
     CROSS JOIN generate_series(0, 59) place(place))
  WHERE (((COALESCE(touched.seconds, ('-1'::integer)::bigint) >> place.place) & (1)::bigint) = 1);


--
-- Name: current_second; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.current_second AS
 SELECT sensor.id AS sensor_id,
    held.bucket,
    held.raw_count,
        CASE
            WHEN ((held.raw_mean = 'NaN'::double precision) AND public.is_tame(GREATEST(abs(held.raw_min), abs(held.raw_max)))) THEN ( SELECT made.raw_mean
               FROM public.bucket_now(sensor.id, 1, held.bucket) made(raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last, physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last))
            ELSE held.raw_mean
        END AS raw_mean,
        CASE
            WHEN ((held.raw_mean = 'NaN'::double precision) AND public.is_tame(GREATEST(abs(held.raw_min), abs(held.raw_max)))) THEN ( SELECT made.raw_m2
               FROM public.bucket_now(sensor.id, 1, held.bucket) made(raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last, physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last))
            ELSE held.raw_m2
        END AS raw_m2,
    held.raw_min,
    held.raw_max,
    held.raw_first,
    held.raw_last,
    held.physical_count,
        CASE
            WHEN ((held.physical_mean = 'NaN'::double precision) AND public.is_tame(GREATEST(abs(held.physical_min), abs(held.physical_max)))) THEN ( SELECT made.physical_mean
               FROM public.bucket_now(sensor.id, 1, held.bucket) made(raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last, physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last))
            ELSE held.physical_mean
        END AS physical_mean,
        CASE
            WHEN ((held.physical_mean = 'NaN'::double precision) AND public.is_tame(GREATEST(abs(held.physical_min), abs(held.physical_max)))) THEN ( SELECT made.physical_m2
               FROM public.bucket_now(sensor.id, 1, held.bucket) made(raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last, physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last))
            ELSE held.physical_m2
        END AS physical_m2,
    held.physical_min,
    held.physical_max,
    held.physical_first,
    held.physical_last,
    sensor.public_id,
    sensor.key,
    sensor.unit,
    sensor.in_project,
    sensor.shows_raw
   FROM ((public.marked_sensor sensor
     CROSS JOIN LATERAL ( SELECT (count(*) > 500) AS is_sparse
           FROM ( SELECT
                   FROM public.rollup
                  WHERE ((rollup.sensor_id = sensor.id) AND (rollup.tier_s = 60) AND (NOT rollup.has_seconds))
                 LIMIT 501) minute) kind)
     CROSS JOIN LATERAL ( SELECT rollup.bucket,
            rollup.raw_count,
            rollup.raw_mean,
            rollup.raw_m2,
            rollup.raw_min,
            rollup.raw_max,
            rollup.raw_first,
            rollup.raw_last,
            rollup.physical_count,
            rollup.physical_mean,
            rollup.physical_m2,
            rollup.physical_min,
            rollup.physical_max,
            rollup.physical_first,
            rollup.physical_last
           FROM public.rollup
          WHERE ((rollup.sensor_id = sensor.id) AND (rollup.tier_s = 1) AND (rollup.bucket < sensor.first_minute))
        UNION ALL
         SELECT rollup.bucket,
            rollup.raw_count,
            rollup.raw_mean,
            rollup.raw_m2,
            rollup.raw_min,
            rollup.raw_max,
            rollup.raw_first,
            rollup.raw_last,
            rollup.physical_count,
            rollup.physical_mean,
            rollup.physical_m2,
            rollup.physical_min,
            rollup.physical_max,
            rollup.physical_first,
            rollup.physical_last
           FROM public.rollup
          WHERE ((rollup.sensor_id = sensor.id) AND (rollup.tier_s = 1) AND (rollup.bucket >= sensor.first_minute) AND (NOT (EXISTS ( SELECT
                   FROM public.stale_second stale
                  WHERE ((stale.bucket = rollup.bucket) AND (stale.sensor_id = sensor.id))))))
        UNION ALL
         SELECT missing.bucket,
            made.raw_count,
            made.raw_mean,
            made.raw_m2,
            made.raw_min,
            made.raw_max,
            made.raw_first,
            made.raw_last,
            made.physical_count,
            made.physical_mean,
            made.physical_m2,
            made.physical_min,
            made.physical_max,
            made.physical_first,
            made.physical_last
           FROM (( SELECT stale_second.bucket
                   FROM public.stale_second
                  WHERE (stale_second.sensor_id = sensor.id)
                UNION
                 SELECT (rollup.bucket + ((place.place)::double precision * '00:00:01'::interval))
                   FROM (public.rollup
                     CROSS JOIN generate_series(0, 59) place(place))
                  WHERE ((rollup.sensor_id =
                        CASE
                            WHEN (NOT kind.is_sparse) THEN sensor.id
                            ELSE NULL::integer
                        END) AND (rollup.tier_s = 60) AND (NOT rollup.has_seconds))
                UNION
                 SELECT (dirty_window.minute + ((place.place)::double precision * '00:00:01'::interval))
                   FROM (public.dirty_window
                     CROSS JOIN generate_series(0, 59) place(place))
                  WHERE ((sensor.id = ANY (dirty_window.sensor_ids)) AND (NOT (EXISTS ( SELECT
                           FROM public.rollup
                          WHERE ((rollup.sensor_id = sensor.id) AND (rollup.tier_s = 60) AND (rollup.bucket = dirty_window.minute))))) AND (NOT (EXISTS ( SELECT
                           FROM public.rollup
                          WHERE ((rollup.sensor_id = sensor.id) AND (rollup.tier_s = 1) AND (rollup.bucket = (dirty_window.minute + ((place.place)::double precision * '00:00:01'::interval))))))))) missing
             CROSS JOIN LATERAL public.bucket_now(sensor.id, 1, missing.bucket) made(raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last, physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last))
        UNION ALL
         SELECT public.time_bucket('00:00:01'::interval, reading."time") AS time_bucket,
            count(*) AS count,
                CASE
                    WHEN public.is_tame(GREATEST(abs(min(reading.raw)), abs(max(reading.raw)))) THEN avg(reading.raw) FILTER (WHERE (abs(reading.raw) < ('100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric)::double precision))
                    ELSE 'NaN'::double precision
                END AS "case",
                CASE
                    WHEN public.is_tame(GREATEST(abs(min(reading.raw)), abs(max(reading.raw)))) THEN (var_pop(reading.raw) FILTER (WHERE (abs(reading.raw) < ('100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric)::double precision)) * (count(*))::double precision)
                    ELSE 'NaN'::double precision
                END AS "case",
            min(reading.raw) AS min,
            max(reading.raw) AS max,
            (array_agg(reading.raw ORDER BY reading."time", reading.raw))[1] AS array_agg,
            (array_agg(reading.raw ORDER BY reading."time" DESC, reading.raw DESC))[1] AS array_agg,
            count(reading.physical) AS count,
                CASE
                    WHEN (count(reading.physical) > 0) THEN
                    CASE
                        WHEN public.is_tame(GREATEST(abs(min(reading.physical)), abs(max(reading.physical)))) THEN avg(reading.physical) FILTER (WHERE (abs(reading.physical) < ('100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric)::double precision))
                        ELSE 'NaN'::double precision
                    END
                    ELSE NULL::double precision
                END AS "case",
                CASE
                    WHEN (count(reading.physical) > 0) THEN
                    CASE
                        WHEN public.is_tame(GREATEST(abs(min(reading.physical)), abs(max(reading.physical)))) THEN (var_pop(reading.physical) FILTER (WHERE (abs(reading.physical) < ('100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric)::double precision)) * (count(reading.physical))::double precision)
                        ELSE 'NaN'::double precision
                    END
                    ELSE NULL::double precision
                END AS "case",
            min(reading.physical) AS min,
            max(reading.physical) AS max,
            (array_agg(reading.physical ORDER BY reading."time", reading.raw, reading.physical) FILTER (WHERE (reading.physical IS NOT NULL)))[1] AS array_agg,
            (array_agg(reading.physical ORDER BY reading."time" DESC, reading.raw DESC, reading.physical DESC) FILTER (WHERE (reading.physical IS NOT NULL)))[1] AS array_agg
           FROM public.reading
          WHERE ((reading.sensor_id =
                CASE
                    WHEN kind.is_sparse THEN sensor.id
                    ELSE NULL::integer
                END) AND (EXISTS ( SELECT
                   FROM public.rollup minute
                  WHERE ((minute.sensor_id = sensor.id) AND (minute.tier_s = 60) AND (NOT minute.has_seconds) AND (minute.bucket = date_bin('00:01:00'::interval, reading."time", '1970-01-01 00:00:00+00'::timestamp with time zone))))) AND (NOT (EXISTS ( SELECT
                   FROM public.stale_second stale
                  WHERE ((stale.bucket = date_bin('00:00:01'::interval, reading."time", '1970-01-01 00:00:00+00'::timestamp with time zone)) AND (stale.sensor_id = sensor.id))))))
          GROUP BY (public.time_bucket('00:00:01'::interval, reading."time"))) held);


--
-- Name: measure; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.measure (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    name text NOT NULL,
    sensor_id integer NOT NULL,
    stat text NOT NULL,
    layer text NOT NULL,
    over text NOT NULL,
    when_sensor_id integer,
    when_above double precision,
    when_below double precision,
    definition integer DEFAULT 1 NOT NULL,
    created_by uuid,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT measure_check CHECK ((num_nonnulls(when_above, when_below) = num_nonnulls(when_sensor_id))),
    CONSTRAINT measure_layer_check CHECK ((layer = ANY (ARRAY['physical'::text, 'raw'::text]))),
    CONSTRAINT measure_over_check CHECK ((over = ANY (ARRAY['run'::text, 'capture_session'::text])))
);


--
-- Name: measure_due; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.measure_due (
    id bigint NOT NULL,
    value_id bigint,
    run_id integer,
    measure_id integer,
    is_quiet boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    held_until timestamp with time zone,
    CONSTRAINT measure_due_check CHECK ((num_nonnulls(value_id, run_id, measure_id) = 1))
);


--
-- Name: measure_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.measure_item AS
 SELECT measure.id AS "position",
    measure.project_id AS in_project,
    measure.sensor_id AS of_sensor,
    measure.public_id AS id,
    project.public_id AS project_id,
    measure.name,
    sensor.key AS sensor,
    measure.stat,
    measure.layer,
    measure.over,
        CASE
            WHEN (measure.when_sensor_id IS NOT NULL) THEN jsonb_strip_nulls(jsonb_build_object('sensor', condition.key, 'above', measure.when_above, 'below', measure.when_below))
            ELSE NULL::jsonb
        END AS "when",
        CASE
            WHEN (measure.stat = 'count'::text) THEN ''::text
            WHEN (measure.stat = 'duration'::text) THEN 's'::text
            WHEN (measure.layer = 'raw'::text) THEN sensor.input_unit
            ELSE sensor.output_unit
        END AS unit,
    measure.created_by,
    measure.version,
    measure.created_at,
    measure.updated_at
   FROM (((public.measure
     JOIN public.project ON ((project.id = measure.project_id)))
     JOIN public.sensor ON ((sensor.id = measure.sensor_id)))
     LEFT JOIN public.sensor condition ON ((condition.id = measure.when_sensor_id)));


--
-- Name: measure_reach; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.measure_reach (
    value_id bigint NOT NULL,
    sensor_id integer NOT NULL,
    during tstzrange NOT NULL,
    CONSTRAINT measure_reach_during_check CHECK ((NOT isempty(during)))
);


--
-- Name: measure_value; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.measure_value (
    id bigint NOT NULL,
    measure_id integer NOT NULL,
    run_id integer NOT NULL,
    capture_session_id integer,
    stretches tstzmultirange NOT NULL,
    definition integer NOT NULL,
    computed_at timestamp with time zone,
    value double precision,
    readings bigint DEFAULT 0 NOT NULL,
    profile_ids integer[] DEFAULT '{}'::integer[] NOT NULL,
    problem text,
    busy_s real DEFAULT 0 NOT NULL
);


--
-- Name: measure_value_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.measure_value_item AS
 SELECT found.id AS "position",
    found.run_id AS in_run,
    found.measure_id AS in_measure,
    found.capture_session_id AS in_session,
    found.profile_ids,
    definition.id AS measure_id,
    definition.name,
    definition.sensor,
    definition.stat,
    definition.layer,
    definition.over,
    definition."when",
    definition.unit,
    session.public_id AS capture_session_id,
    session.ordinal,
    found.value,
    found.readings,
    found.problem,
    found.computed_at,
    ((found.computed_at IS NULL) OR (found.definition <> measure.definition) OR (EXISTS ( SELECT
           FROM public.measure_due
          WHERE (measure_due.value_id = found.id))) OR (EXISTS ( SELECT
           FROM public.measure_due
          WHERE (measure_due.run_id = found.run_id))) OR (EXISTS ( SELECT
           FROM public.measure_due
          WHERE (measure_due.measure_id = found.measure_id))) OR (EXISTS ( SELECT
           FROM (public.measure_reach reach
             JOIN public.dirty_window dirty ON (((dirty.minute > (lower(reach.during) - '00:01:00'::interval)) AND (dirty.minute < upper(reach.during)) AND (dirty.sensor_ids @> ARRAY[reach.sensor_id]))))
          WHERE (reach.value_id = found.id)))) AS is_stale,
    COALESCE((project.raw_from > lower(found.stretches)), false) AS is_kept
   FROM ((((public.measure_value found
     JOIN public.measure ON ((measure.id = found.measure_id)))
     JOIN public.measure_item definition ON ((definition."position" = found.measure_id)))
     JOIN public.project ON ((project.id = measure.project_id)))
     LEFT JOIN public.capture_session session ON ((session.id = found.capture_session_id)));


--
-- Name: metric_point; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.metric_point (
    metric_id integer NOT NULL,
    step bigint NOT NULL,
    value double precision NOT NULL,
    "time" timestamp with time zone NOT NULL
);


--
-- Name: run_metric; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.run_metric (
    id integer NOT NULL,
    run_id integer NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: account; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.account (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email text,
    name text DEFAULT ''::text NOT NULL,
    password_hash text,
    is_admin boolean DEFAULT false NOT NULL,
    deactivated_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    kind text DEFAULT 'person'::text NOT NULL,
    must_change_password boolean DEFAULT false NOT NULL,
    number bigint NOT NULL,
    preferences jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT account_admin_is_active CHECK (((NOT is_admin) OR (deactivated_at IS NULL))),
    CONSTRAINT account_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'service'::text]))),
    CONSTRAINT account_person_has_log_in CHECK ((((kind = 'person'::text) = (email IS NOT NULL)) AND ((kind = 'person'::text) = (password_hash IS NOT NULL)))),
    CONSTRAINT account_preferences_check CHECK (((jsonb_typeof(preferences) = 'object'::text) AND (octet_length((preferences)::text) <= 16384)))
);


--
-- Name: factor; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.factor (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    number bigint NOT NULL,
    account_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    secret bytea,
    last_step bigint,
    challenge bytea,
    credential_id bytea,
    public_key bytea,
    sign_count bigint,
    confirmed_at timestamp with time zone,
    last_used_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT factor_has_what_its_kind_needs CHECK (
CASE kind
    WHEN 'totp'::text THEN (secret IS NOT NULL)
    ELSE ((challenge IS NOT NULL) OR ((credential_id IS NOT NULL) AND (public_key IS NOT NULL) AND (sign_count IS NOT NULL)))
END),
    CONSTRAINT factor_kind_check CHECK ((kind = ANY (ARRAY['totp'::text, 'webauthn'::text])))
);


--
-- Name: account_as_caller; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.account_as_caller AS
 SELECT id AS caller_id,
    kind AS caller_kind,
    email AS caller_email,
    name AS caller_name,
    is_admin AS caller_is_admin,
    must_change_password AS caller_must_change_password,
    deactivated_at AS caller_deactivated_at,
    (EXISTS ( SELECT
           FROM public.factor
          WHERE ((factor.account_id = account.id) AND (factor.confirmed_at IS NOT NULL)))) AS caller_has_second_factor
   FROM public.account;


--
-- Name: account_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.account ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.account_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: alarm_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.alarm ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.alarm_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: alarm_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.alarm_item AS
 SELECT alarm.id AS "position",
    alarm.project_id AS in_project,
    alarm.sensor_id AS in_sensor,
    alarm.public_id AS id,
    sensor.public_id AS sensor_id,
    sensor.key AS sensor,
        CASE
            WHEN (alarm.limit_id IS NULL) THEN 'silence'::text
            ELSE 'limit'::text
        END AS kind,
    broken.public_id AS limit_id,
    alarm.level,
    broken.min,
    broken.max,
    alarm.since,
    alarm.raised_at,
    alarm.value,
    alarm.cleared_at,
    alarm.cleared_value,
    alarm.end_reason,
    (alarm.cleared_at IS NULL) AS active,
    alarm.acknowledged_at,
    alarm.acknowledged_by,
    alarm.comment,
    alarm.version,
    alarm.created_at,
    alarm.updated_at
   FROM ((public.alarm
     JOIN public.sensor ON ((sensor.id = alarm.sensor_id)))
     LEFT JOIN public.sensor_limit broken ON ((broken.id = alarm.limit_id)));


--
-- Name: annotation_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.annotation ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.annotation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: annotation_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.annotation_item AS
 SELECT annotation.id AS "position",
    annotation.project_id AS in_project,
    annotation.run_id AS in_run,
    annotation.sensor_ids,
    annotation.public_id AS id,
    project.public_id AS project_id,
    annotation.from_time AS "from",
    annotation.to_time AS "to",
    annotation.text,
    annotation.tags,
    ARRAY( SELECT sensor.public_id
           FROM public.sensor
          WHERE (sensor.id = ANY (annotation.sensor_ids))
          ORDER BY sensor.id) AS sensors,
    run.public_id AS run,
    annotation.created_by,
    annotation.version,
    annotation.created_at,
    annotation.updated_at
   FROM ((public.annotation
     JOIN public.project ON ((project.id = annotation.project_id)))
     LEFT JOIN public.run ON ((run.id = annotation.run_id)));


--
-- Name: rollup_fine; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.rollup_fine (
    bucket timestamp with time zone NOT NULL,
    raw_mean double precision NOT NULL,
    raw_mean_rest double precision NOT NULL,
    raw_m2 double precision NOT NULL,
    raw_min double precision NOT NULL,
    raw_max double precision NOT NULL,
    raw_first double precision NOT NULL,
    raw_last double precision NOT NULL,
    physical_mean double precision,
    physical_mean_rest double precision,
    physical_m2 double precision,
    physical_min double precision,
    physical_max double precision,
    physical_first double precision,
    physical_last double precision,
    sensor_id integer NOT NULL,
    tier_us integer NOT NULL,
    raw_count integer NOT NULL,
    physical_count integer NOT NULL,
    raw_min_us integer NOT NULL,
    raw_max_us integer NOT NULL,
    raw_first_us integer NOT NULL,
    raw_last_us integer NOT NULL,
    physical_min_us integer,
    physical_max_us integer,
    physical_first_us integer,
    physical_last_us integer,
    least_profile integer,
    greatest_profile integer,
    CONSTRAINT rollup_fine_raw_count_check CHECK ((raw_count > 0))
);


--
-- Name: any_rollup; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.any_rollup AS
 SELECT false AS is_fine,
    rollup.tier_s,
    0 AS fine_us,
    rollup.sensor_id,
    rollup.bucket,
    rollup.raw_count,
    rollup.raw_mean,
    rollup.raw_mean_rest,
    rollup.raw_m2,
    rollup.raw_min,
    rollup.raw_max,
    rollup.raw_first,
    rollup.raw_last,
    rollup.raw_min_time,
    rollup.raw_max_time,
    rollup.raw_first_time,
    rollup.raw_last_time,
    rollup.physical_count,
    rollup.physical_mean,
    rollup.physical_mean_rest,
    rollup.physical_m2,
    rollup.physical_min,
    rollup.physical_max,
    rollup.physical_first,
    rollup.physical_last,
    rollup.physical_min_time,
    rollup.physical_max_time,
    rollup.physical_first_time,
    rollup.physical_last_time,
    rollup.least_profile,
    rollup.greatest_profile
   FROM public.rollup
UNION ALL
 SELECT true AS is_fine,
    0 AS tier_s,
    rollup_fine.tier_us AS fine_us,
    rollup_fine.sensor_id,
    rollup_fine.bucket,
    (rollup_fine.raw_count)::bigint AS raw_count,
    rollup_fine.raw_mean,
    rollup_fine.raw_mean_rest,
    rollup_fine.raw_m2,
    rollup_fine.raw_min,
    rollup_fine.raw_max,
    rollup_fine.raw_first,
    rollup_fine.raw_last,
    (rollup_fine.bucket + ((rollup_fine.raw_min_us)::double precision * '00:00:00.000001'::interval)) AS raw_min_time,
    (rollup_fine.bucket + ((rollup_fine.raw_max_us)::double precision * '00:00:00.000001'::interval)) AS raw_max_time,
    (rollup_fine.bucket + ((rollup_fine.raw_first_us)::double precision * '00:00:00.000001'::interval)) AS raw_first_time,
    (rollup_fine.bucket + ((rollup_fine.raw_last_us)::double precision * '00:00:00.000001'::interval)) AS raw_last_time,
    (rollup_fine.physical_count)::bigint AS physical_count,
    rollup_fine.physical_mean,
    rollup_fine.physical_mean_rest,
    rollup_fine.physical_m2,
    rollup_fine.physical_min,
    rollup_fine.physical_max,
    rollup_fine.physical_first,
    rollup_fine.physical_last,
        CASE
            WHEN (rollup_fine.physical_count > 0) THEN (rollup_fine.bucket + ((COALESCE(rollup_fine.physical_min_us, rollup_fine.raw_min_us))::double precision * '00:00:00.000001'::interval))
            ELSE NULL::timestamp with time zone
        END AS physical_min_time,
        CASE
            WHEN (rollup_fine.physical_count > 0) THEN (rollup_fine.bucket + ((COALESCE(rollup_fine.physical_max_us, rollup_fine.raw_max_us))::double precision * '00:00:00.000001'::interval))
            ELSE NULL::timestamp with time zone
        END AS physical_max_time,
        CASE
            WHEN (rollup_fine.physical_count > 0) THEN (rollup_fine.bucket + ((COALESCE(rollup_fine.physical_first_us, rollup_fine.raw_first_us))::double precision * '00:00:00.000001'::interval))
            ELSE NULL::timestamp with time zone
        END AS physical_first_time,
        CASE
            WHEN (rollup_fine.physical_count > 0) THEN (rollup_fine.bucket + ((COALESCE(rollup_fine.physical_last_us, rollup_fine.raw_last_us))::double precision * '00:00:00.000001'::interval))
            ELSE NULL::timestamp with time zone
        END AS physical_last_time,
    rollup_fine.least_profile,
    rollup_fine.greatest_profile
   FROM public.rollup_fine;


--
-- Name: api_process; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api_process (
    id uuid NOT NULL,
    host text NOT NULL,
    key_id text NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: artifact_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.artifact ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.artifact_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: artifact_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.artifact_item AS
 SELECT artifact.id AS "position",
    artifact.project_id AS in_project,
    artifact.run_id AS in_run,
    artifact.public_id AS id,
    project.public_id AS project_id,
    run.public_id AS run_id,
    run.name AS run,
    artifact.name,
    artifact.kind,
    artifact.content_type,
    artifact.metadata,
    artifact.is_restricted AS restricted,
    artifact.url,
    artifact.size_bytes,
    encode(artifact.sha256, 'hex'::text) AS sha256,
    artifact.received_bytes,
    artifact.status,
    artifact.failure,
    artifact.missing_since,
    artifact.created_by,
    artifact.completed_at,
    artifact.reviewed_by,
    artifact.reviewed_at,
    artifact.review_reason,
    artifact.version,
    artifact.created_at,
    artifact.updated_at,
    COALESCE(NULLIF(reviewer.name, ''::text), reviewer.email) AS reviewer
   FROM (((public.artifact
     JOIN public.project ON ((project.id = artifact.project_id)))
     JOIN public.run ON ((run.id = artifact.run_id)))
     LEFT JOIN public.account reviewer ON ((reviewer.id = artifact.reviewed_by)));


--
-- Name: artifact_removal; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.artifact_removal (
    artifact_id uuid NOT NULL,
    removed_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: audit_anchor; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_anchor (
    number bigint NOT NULL,
    hash bytea NOT NULL,
    anchored_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: audit_entry; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_entry (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    project_id integer,
    actor_id uuid,
    actor text NOT NULL,
    role text,
    action text NOT NULL,
    kind text GENERATED ALWAYS AS (split_part(action, '.'::text, 1)) STORED NOT NULL,
    subject_id uuid,
    before jsonb,
    after jsonb,
    request_id text,
    address text
);


--
-- Name: audit_digest; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.audit_digest AS
 SELECT id,
    sha256(convert_to((jsonb_build_array(id, ((EXTRACT(epoch FROM at) * (1000000)::numeric))::bigint, project_id, actor_id, actor, role, action, subject_id, before, after, request_id, address))::text, 'UTF8'::name)) AS digest
   FROM public.audit_entry;


--
-- Name: audit_entry_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.audit_entry ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: audit_signature; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_signature (
    number bigint NOT NULL,
    mac bytea NOT NULL
);


--
-- Name: audit_unsealed; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_unsealed (
    entry_id bigint NOT NULL
);


--
-- Name: backfill; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.backfill (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    status text DEFAULT 'planned'::text NOT NULL,
    is_dry_run boolean NOT NULL,
    profile_id integer,
    timeline_before jsonb,
    wish jsonb NOT NULL,
    reason text NOT NULL,
    priority smallint DEFAULT 0 NOT NULL,
    share real DEFAULT 1 NOT NULL,
    planned_until timestamp with time zone,
    planned_at timestamp with time zone,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    undo_at timestamp with time zone,
    error text,
    created_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    created_by uuid,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    rest_until timestamp with time zone,
    attempts smallint DEFAULT 0 NOT NULL,
    CONSTRAINT backfill_priority_check CHECK (((priority >= '-100'::integer) AND (priority <= 100))),
    CONSTRAINT backfill_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 1000))),
    CONSTRAINT backfill_share_check CHECK (((share > (0)::double precision) AND (share <= (1)::double precision))),
    CONSTRAINT backfill_status_check CHECK ((status = ANY (ARRAY['planned'::text, 'running'::text, 'paused'::text, 'finished'::text, 'failed'::text, 'cancelled'::text, 'undoing'::text, 'undone'::text])))
);


--
-- Name: backfill_effect; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.backfill_effect (
    window_id bigint NOT NULL,
    sensor_id integer NOT NULL,
    readings integer NOT NULL,
    changed integer NOT NULL,
    compared integer NOT NULL,
    change_sum double precision NOT NULL,
    change_max double precision NOT NULL,
    flags_set integer NOT NULL,
    flags_cleared integer NOT NULL
);


--
-- Name: backfill_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.backfill ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.backfill_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: backfill_window; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.backfill_window (
    id bigint NOT NULL,
    backfill_id integer NOT NULL,
    level smallint NOT NULL,
    sensor_ids integer[] NOT NULL,
    during tstzrange NOT NULL,
    readings integer NOT NULL,
    busy_s real,
    attempts smallint DEFAULT 0 NOT NULL,
    done_at timestamp with time zone,
    undone_at timestamp with time zone,
    is_overtaken boolean DEFAULT false NOT NULL,
    is_stale boolean DEFAULT false NOT NULL
)
WITH (fillfactor='80');


--
-- Name: backfill_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.backfill_item AS
 SELECT backfill.id AS "position",
    backfill.project_id AS in_project,
    backfill.public_id AS id,
    project.public_id AS project_id,
    backfill.status,
    backfill.is_dry_run AS dry_run,
    COALESCE((profile.public_id)::text, 'timeline'::text) AS profile,
    (backfill.wish -> 'sensors'::text) AS sensors,
    ((backfill.wish ->> 'run'::text))::uuid AS run,
    ((backfill.wish ->> 'capture_session'::text))::uuid AS capture_session,
    ((backfill.wish ->> 'from'::text))::timestamp with time zone AS "from",
    ((backfill.wish ->> 'to'::text))::timestamp with time zone AS "to",
    backfill.reason,
    backfill.priority,
    (backfill.share)::double precision AS share,
    progress.windows_total,
    progress.windows_done,
    progress.readings_total,
    progress.readings_done,
    pace.rate,
        CASE
            WHEN ((backfill.status = ANY (ARRAY['running'::text, 'undoing'::text])) AND (pace.rate > (0)::double precision)) THEN (((progress.readings_total - progress.readings_done))::double precision / pace.rate)
            ELSE NULL::double precision
        END AS eta_s,
    backfill.error,
    backfill.started_at,
    backfill.finished_at,
    backfill.created_by,
    backfill.version,
    backfill.created_at,
    backfill.updated_at
   FROM (((((public.backfill
     JOIN public.project ON ((project.id = backfill.project_id)))
     LEFT JOIN public.conversion_profile profile ON ((profile.id = backfill.profile_id)))
     CROSS JOIN LATERAL ( SELECT count(*) AS windows_total,
            count(part.ended_at) AS windows_done,
            COALESCE(sum(part.readings), (0)::bigint) AS readings_total,
            COALESCE(sum(part.readings) FILTER (WHERE (part.ended_at IS NOT NULL)), (0)::bigint) AS readings_done,
            (COALESCE(sum(part.readings) FILTER (WHERE (part.ended_at > (now() - '00:00:15'::interval))), (0)::bigint))::double precision AS recent
           FROM ( SELECT backfill_window.readings,
                        CASE
                            WHEN (backfill.undo_at IS NOT NULL) THEN backfill_window.undone_at
                            WHEN (NOT backfill_window.is_stale) THEN backfill_window.done_at
                            ELSE NULL::timestamp with time zone
                        END AS ended_at
                   FROM public.backfill_window
                  WHERE ((backfill_window.backfill_id = backfill.id) AND ((backfill.undo_at IS NULL) OR (backfill_window.done_at IS NOT NULL)))) part) progress)
     CROSS JOIN LATERAL ( SELECT (EXTRACT(epoch FROM (COALESCE(backfill.finished_at, now()) - COALESCE(backfill.undo_at, backfill.started_at))))::double precision AS seconds) worked)
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN (worked.seconds <= (0)::double precision) THEN NULL::double precision
                    WHEN (backfill.finished_at IS NULL) THEN (progress.recent / LEAST(worked.seconds, (15)::double precision))
                    ELSE ((progress.readings_done)::double precision / worked.seconds)
                END AS rate) pace);


--
-- Name: backfill_made_before; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.backfill_made_before (
    backfill_id integer NOT NULL,
    "time" timestamp with time zone NOT NULL,
    raw double precision NOT NULL
);


--
-- Name: backfill_saved; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.backfill_saved (
    id bigint NOT NULL,
    project_id integer NOT NULL,
    window_id bigint,
    sensor_ids integer[] NOT NULL,
    during tstzrange NOT NULL,
    replaced_at timestamp with time zone NOT NULL,
    columns bytea NOT NULL,
    became bytea
);
ALTER TABLE ONLY public.backfill_saved ALTER COLUMN columns SET COMPRESSION lz4;
ALTER TABLE ONLY public.backfill_saved ALTER COLUMN became SET COMPRESSION lz4;


--
-- Name: backfill_saved_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.backfill_saved ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.backfill_saved_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: backfill_scope; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.backfill_scope (
    backfill_id integer NOT NULL,
    sensor_id integer NOT NULL,
    during tstzrange NOT NULL,
    is_open boolean NOT NULL,
    CONSTRAINT backfill_scope_during_check CHECK ((NOT isempty(during)))
);


--
-- Name: backfill_session; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.backfill_session (
    backfill_id integer NOT NULL,
    capture_session_id integer NOT NULL
);


--
-- Name: backfill_timeline; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.backfill_timeline (
    backfill_id integer NOT NULL,
    has_changed boolean DEFAULT false NOT NULL
);


--
-- Name: backfill_window_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.backfill_window ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.backfill_window_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: backup_record; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.backup_record (
    id text NOT NULL,
    place text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    size_bytes bigint NOT NULL,
    verified_at timestamp with time zone,
    faults text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT backup_record_size_bytes_check CHECK ((size_bytes >= 0))
);


--
-- Name: browser_session; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.browser_session (
    token_hash bytea NOT NULL,
    login_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: login; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.login (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    account_id uuid NOT NULL,
    revoked_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    number bigint NOT NULL,
    address text,
    agent text,
    last_used_at timestamp with time zone,
    second_factor text
);


--
-- Name: caller_of_login; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.caller_of_login AS
 SELECT caller.caller_id,
    caller.caller_kind,
    caller.caller_email,
    caller.caller_name,
    caller.caller_is_admin,
    caller.caller_must_change_password,
    caller.caller_deactivated_at,
    caller.caller_has_second_factor,
    login.id AS caller_login_id
   FROM (public.login
     JOIN public.account_as_caller caller ON ((caller.caller_id = login.account_id)))
  WHERE ((login.revoked_at IS NULL) AND (caller.caller_deactivated_at IS NULL));


--
-- Name: member; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.member (
    project_id integer NOT NULL,
    account_id uuid NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    number bigint NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT member_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'editor'::text, 'viewer'::text])))
);


--
-- Name: service_account; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.service_account (
    account_id uuid NOT NULL,
    number bigint NOT NULL,
    project_id integer NOT NULL,
    token_hash bytea NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    issued_by uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: caller_of_service; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.caller_of_service AS
 SELECT caller.caller_id,
    caller.caller_kind,
    caller.caller_email,
    caller.caller_name,
    caller.caller_is_admin,
    caller.caller_must_change_password,
    caller.caller_deactivated_at,
    caller.caller_has_second_factor,
    NULL::uuid AS caller_login_id,
    service.token_hash
   FROM (((public.service_account service
     JOIN public.account_as_caller caller ON ((caller.caller_id = service.account_id)))
     JOIN public.account issuer ON ((issuer.id = service.issued_by)))
     LEFT JOIN public.member issuers ON (((issuers.account_id = service.issued_by) AND (issuers.project_id = service.project_id))))
  WHERE ((service.revoked_at IS NULL) AND ((service.expires_at IS NULL) OR (service.expires_at > now())) AND (caller.caller_deactivated_at IS NULL) AND (issuer.deactivated_at IS NULL) AND (issuer.is_admin OR (issuers.role = 'owner'::text)));


--
-- Name: caller_of_session; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.caller_of_session AS
 SELECT caller.caller_id,
    caller.caller_kind,
    caller.caller_email,
    caller.caller_name,
    caller.caller_is_admin,
    caller.caller_must_change_password,
    caller.caller_deactivated_at,
    caller.caller_has_second_factor,
    caller.caller_login_id,
    session.token_hash
   FROM (public.browser_session session
     JOIN public.caller_of_login caller ON ((caller.caller_login_id = session.login_id)))
  WHERE (session.expires_at > now());


--
-- Name: capture_session_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.capture_session ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.capture_session_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: capture_session_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.capture_session_item AS
 SELECT session.id AS "position",
    session.run_id AS in_run,
    session.public_id AS id,
    project.public_id AS project_id,
    run.public_id AS run_id,
    session.ordinal,
    session.notes,
    session.metadata,
    session.status,
    session.started_at,
    session.stopped_at,
    (EXTRACT(epoch FROM (session.stopped_at - session.started_at)))::double precision AS duration_s,
    session.created_by,
    session.version,
    session.created_at,
    session.updated_at
   FROM ((public.capture_session session
     JOIN public.project ON ((project.id = session.project_id)))
     JOIN public.run ON ((run.id = session.run_id)));


--
-- Name: catalog_change; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.catalog_change (
    project_id integer NOT NULL,
    version bigint NOT NULL,
    stamp uuid,
    sensor_ids integer[] DEFAULT '{}'::integer[] NOT NULL
);


--
-- Name: change_log; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.change_log (
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    touched bytea NOT NULL
);
ALTER TABLE ONLY public.change_log ALTER COLUMN touched SET STORAGE EXTERNAL;


--
-- Name: conversion_profile_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.conversion_profile ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.conversion_profile_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: dead_letter; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.dead_letter AS
 SELECT (((block.id << 12) + letter.place) - 1) AS "position",
    block.id AS block_id,
    ((((lpad(to_hex(block.id), 12, '0'::text) || '8'::text) || lpad(to_hex((letter.place - 1)), 3, '0'::text)) || "right"(replace((block.mark)::text, '-'::text, ''::text), 16)))::uuid AS id,
    block.project_id,
    block.received_at,
    block.from_us,
    block.until_us,
    block.codes,
    NULLIF(kind.producer_id, 0) AS producer_id,
    NULLIF(letter.seq, 0) AS seq,
    letter.index,
    kind.sensor,
    NULLIF(kind.sensor_id, 0) AS sensor_id,
        CASE
            WHEN ((letter.text IS NULL) OR (letter.t_us > '-9223372036854775808'::bigint)) THEN letter.t_us
            ELSE NULL::bigint
        END AS t_us,
        CASE
            WHEN ((letter.text IS NULL) OR (letter.value <> 'NaN'::double precision)) THEN letter.value
            ELSE NULL::double precision
        END AS value,
    letter.text,
    kind.code,
        CASE
            WHEN (letter.replayed_us > 0) THEN ('1970-01-01 00:00:00+00'::timestamp with time zone + ((letter.replayed_us)::double precision * '00:00:00.000001'::interval))
            ELSE NULL::timestamp with time zone
        END AS replayed_at
   FROM ((public.reject_block block
     CROSS JOIN LATERAL UNNEST(block.kind, block.seq, block.index, block.t_us, block.value, block.text, block.replayed_us) WITH ORDINALITY letter(kind, seq, index, t_us, value, text, replayed_us, place))
     JOIN LATERAL UNNEST(block.producer_ids, block.sensors, block.sensor_ids, block.codes) WITH ORDINALITY kind(producer_id, sensor, sensor_id, code, number) ON ((kind.number = letter.kind)));


--
-- Name: dirty_window_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.dirty_window ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.dirty_window_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: event; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.event (
    id bigint NOT NULL,
    project_id integer NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL
);


--
-- Name: event_consumer; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.event_consumer (
    name text NOT NULL,
    place text NOT NULL,
    told_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: event_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.event ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: event_pruned; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.event_pruned (
    project_id integer NOT NULL,
    xid xid8 NOT NULL,
    until timestamp with time zone NOT NULL
);


--
-- Name: excursion; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.excursion (
    id bigint NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    sensor_id integer NOT NULL,
    limit_id integer NOT NULL,
    from_us bigint NOT NULL,
    to_us bigint NOT NULL,
    extreme double precision NOT NULL,
    extreme_us bigint NOT NULL,
    readings bigint NOT NULL,
    odd_us bigint[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: excursion_due; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.excursion_due (
    id bigint NOT NULL,
    project_id integer NOT NULL,
    sensor_id integer NOT NULL,
    from_us bigint NOT NULL,
    to_us bigint NOT NULL,
    t_us bigint[] NOT NULL,
    is_whole boolean DEFAULT false NOT NULL,
    held_until timestamp with time zone
);


--
-- Name: excursion_due_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.excursion_due ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.excursion_due_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: excursion_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.excursion ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.excursion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: excursion_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.excursion_item AS
 SELECT excursion.id AS "position",
    excursion.project_id AS in_project,
    excursion.sensor_id AS in_sensor,
    excursion.public_id AS id,
    sensor.public_id AS sensor_id,
    sensor.key AS sensor,
    broken.public_id AS limit_id,
    broken.level,
    broken.min,
    broken.max,
    excursion.from_us,
    excursion.to_us,
    ('1970-01-01 00:00:00+00'::timestamp with time zone + ((excursion.from_us)::double precision * '00:00:00.000001'::interval)) AS "from",
    ('1970-01-01 00:00:00+00'::timestamp with time zone + ((excursion.to_us)::double precision * '00:00:00.000001'::interval)) AS "to",
    excursion.extreme,
    ('1970-01-01 00:00:00+00'::timestamp with time zone + ((excursion.extreme_us)::double precision * '00:00:00.000001'::interval)) AS extreme_at,
    excursion.readings,
    excursion.created_at
   FROM ((public.excursion
     JOIN public.sensor ON ((sensor.id = excursion.sensor_id)))
     JOIN public.sensor_limit broken ON ((broken.id = excursion.limit_id)));


--
-- Name: experiment_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.experiment ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.experiment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: experiment_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.experiment_item AS
 SELECT experiment.id AS "position",
    experiment.project_id AS in_project,
    experiment.public_id AS id,
    project.public_id AS project_id,
    experiment.name,
    experiment.description,
    experiment.tags,
    experiment.metadata,
    experiment.status,
    experiment.started_at,
    experiment.finished_at,
    (EXTRACT(epoch FROM (experiment.finished_at - experiment.started_at)))::double precision AS duration_s,
    experiment.created_by,
    experiment.version,
    experiment.created_at,
    experiment.updated_at
   FROM (public.experiment
     LEFT JOIN public.project ON ((project.id = experiment.project_id)));


--
-- Name: export; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.export (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    status text DEFAULT 'waiting'::text NOT NULL,
    failure text DEFAULT ''::text NOT NULL,
    question jsonb NOT NULL,
    scope jsonb NOT NULL,
    shows_raw boolean NOT NULL,
    rows_total bigint NOT NULL,
    rows_done bigint DEFAULT 0 NOT NULL,
    size_bytes bigint DEFAULT 0 NOT NULL,
    sha256 bytea,
    attempts integer DEFAULT 0 NOT NULL,
    created_by uuid,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT export_has_its_file CHECK (((status <> 'finished'::text) OR (sha256 IS NOT NULL))),
    CONSTRAINT export_sha256_check CHECK ((length(sha256) = 32)),
    CONSTRAINT export_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'running'::text, 'finished'::text, 'failed'::text, 'cancelled'::text])))
);


--
-- Name: export_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.export ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.export_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: export_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.export_item AS
 SELECT export.id AS "position",
    export.project_id AS in_project,
    export.public_id AS id,
    project.public_id AS project_id,
    export.status,
    export.failure,
    export.question,
    export.shows_raw,
    export.rows_total,
    export.rows_done,
    export.size_bytes,
    encode(export.sha256, 'hex'::text) AS sha256,
    export.created_by,
    export.started_at,
    export.ended_at,
    export.version,
    export.created_at,
    export.updated_at
   FROM (public.export
     JOIN public.project ON ((project.id = export.project_id)));


--
-- Name: factor_attempt; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.factor_attempt (
    account_id uuid NOT NULL,
    attempts integer NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: factor_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.factor ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.factor_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: fold_due_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.fold_due ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.fold_due_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: idempotency_key; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.idempotency_key (
    account_id uuid NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: import; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.import (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    file_name text NOT NULL,
    size_bytes bigint NOT NULL,
    received_bytes bigint DEFAULT 0 NOT NULL,
    sha256 bytea,
    status text DEFAULT 'uploading'::text NOT NULL,
    failure text DEFAULT ''::text NOT NULL,
    how jsonb,
    factors jsonb DEFAULT '{}'::jsonb NOT NULL,
    batch_rows integer DEFAULT 50000 NOT NULL,
    rows_total bigint,
    rows_done bigint DEFAULT 0 NOT NULL,
    pieces_done integer DEFAULT 0 NOT NULL,
    accepted bigint DEFAULT 0 NOT NULL,
    empty bigint DEFAULT 0 NOT NULL,
    rejected jsonb DEFAULT '{}'::jsonb NOT NULL,
    unreadable jsonb DEFAULT '{}'::jsonb NOT NULL,
    unreadable_rows jsonb DEFAULT '[]'::jsonb NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    created_by uuid,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    removed bigint DEFAULT 0 NOT NULL,
    undone_at timestamp with time zone,
    undo_held_until timestamp with time zone,
    CONSTRAINT import_batch_rows_check CHECK ((batch_rows > 0)),
    CONSTRAINT import_check CHECK (((received_bytes >= 0) AND (received_bytes <= size_bytes))),
    CONSTRAINT import_sha256_check CHECK ((length(sha256) = 32)),
    CONSTRAINT import_size_bytes_check CHECK ((size_bytes > 0)),
    CONSTRAINT import_status_check CHECK ((status = ANY (ARRAY['uploading'::text, 'ready'::text, 'running'::text, 'paused'::text, 'finished'::text, 'failed'::text, 'cancelled'::text, 'undoing'::text, 'undone'::text])))
);


--
-- Name: import_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.import ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.import_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: import_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.import_item AS
 SELECT import.id AS "position",
    import.project_id AS in_project,
    import.public_id AS id,
    project.public_id AS project_id,
    import.file_name,
    import.size_bytes,
    import.received_bytes,
    encode(import.sha256, 'hex'::text) AS sha256,
    import.status,
    import.failure,
    import.how,
    import.rows_total,
    import.rows_done,
    import.accepted,
    import.empty,
    import.rejected,
    import.unreadable,
    import.unreadable_rows,
    ('import/'::text || import.public_id) AS producer,
    import.created_by,
    import.started_at,
    import.ended_at,
    import.version,
    import.created_at,
    import.updated_at,
    import.removed,
    import.undone_at
   FROM (public.import
     JOIN public.project ON ((project.id = import.project_id)));


--
-- Name: import_stored; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.import_stored (
    id bigint NOT NULL,
    import_id integer NOT NULL,
    readings integer NOT NULL,
    during tstzrange NOT NULL,
    columns bytea NOT NULL,
    CONSTRAINT import_stored_readings_check CHECK ((readings > 0))
);
ALTER TABLE ONLY public.import_stored ALTER COLUMN columns SET COMPRESSION lz4;


--
-- Name: import_stored_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.import_stored ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.import_stored_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: ingest_receipt; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ingest_receipt (
    token_id uuid NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    receipt jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: ingest_token; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ingest_token (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    name text NOT NULL,
    token_hash bytea NOT NULL,
    sensors integer[],
    producers text[],
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    created_by uuid,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    number bigint NOT NULL,
    lineage uuid,
    may_resume boolean
);


--
-- Name: valid_ingest_token; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.valid_ingest_token AS
 SELECT token.id,
    token.project_id,
    token.token_hash,
    token.sensors,
    token.producers,
    token.may_resume,
    COALESCE(token.lineage, token.id) AS lineage,
    LEAST(token.expires_at, service.expires_at) AS expires_at
   FROM (((((public.ingest_token token
     LEFT JOIN public.account issuer ON ((issuer.id = token.created_by)))
     LEFT JOIN public.member issuers ON (((issuers.account_id = issuer.id) AND (issuers.project_id = token.project_id))))
     LEFT JOIN public.service_account service ON ((service.account_id = issuer.id)))
     LEFT JOIN public.account answerable ON ((answerable.id = service.issued_by)))
     LEFT JOIN public.member answerables ON (((answerables.account_id = answerable.id) AND (answerables.project_id = token.project_id))))
  WHERE ((token.revoked_at IS NULL) AND COALESCE((token.expires_at > now()), true) AND ((token.created_by IS NULL) OR ((issuer.deactivated_at IS NULL) AND (issuer.is_admin OR (issuers.role = ANY (ARRAY['editor'::text, 'owner'::text]))) AND ((service.account_id IS NULL) OR ((service.revoked_at IS NULL) AND COALESCE((service.expires_at > now()), true) AND (answerable.deactivated_at IS NULL) AND (answerable.is_admin OR (answerables.role = 'owner'::text)))))));


--
-- Name: ingest_token_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.ingest_token_item AS
 SELECT token.number AS "position",
    token.project_id AS in_project,
    token.id,
    project.public_id AS project_id,
    token.name,
        CASE
            WHEN (token.sensors IS NOT NULL) THEN ARRAY( SELECT sensor.public_id
               FROM public.sensor
              WHERE (sensor.id = ANY (token.sensors))
              ORDER BY sensor.id)
            ELSE NULL::uuid[]
        END AS sensors,
    token.producers,
    token.expires_at,
    token.revoked_at,
    token.created_by,
    token.version,
    token.created_at,
    token.updated_at,
    token.may_resume,
    (EXISTS ( SELECT
           FROM public.valid_ingest_token valid
          WHERE (valid.id = token.id))) AS is_valid
   FROM (public.ingest_token token
     JOIN public.project ON ((project.id = token.project_id)));


--
-- Name: ingest_token_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.ingest_token ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.ingest_token_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: invitation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.invitation (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    number bigint NOT NULL,
    project_id integer NOT NULL,
    role text NOT NULL,
    email text,
    token_hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    accepted_at timestamp with time zone,
    accepted_by uuid,
    created_by uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT invitation_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'editor'::text, 'viewer'::text])))
);


--
-- Name: invitation_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.invitation_item AS
 SELECT invitation.number AS "position",
    invitation.project_id AS in_project,
    invitation.id,
    project.public_id AS project_id,
    invitation.role,
    invitation.email,
    invitation.expires_at,
    invitation.revoked_at,
    invitation.accepted_at,
    invitation.accepted_by,
    invitation.created_by,
    invitation.version,
    invitation.created_at,
    invitation.updated_at
   FROM (public.invitation
     JOIN public.project ON ((project.id = invitation.project_id)));


--
-- Name: invitation_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.invitation ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.invitation_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: limit_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.limit_item AS
 SELECT sensor_limit.id AS "position",
    sensor_limit.sensor_id AS in_sensor,
    sensor_limit.deleted_at,
    sensor_limit.public_id AS id,
    sensor.public_id AS sensor_id,
    sensor_limit.level,
    sensor_limit.min,
    sensor_limit.max,
    sensor_limit.hysteresis,
    sensor_limit.delay_s,
    NULLIF(lower(sensor_limit.during), '-infinity'::timestamp with time zone) AS valid_from,
    NULLIF(upper(sensor_limit.during), 'infinity'::timestamp with time zone) AS valid_to,
    sensor_limit.created_by,
    sensor_limit.version,
    sensor_limit.created_at,
    sensor_limit.updated_at
   FROM (public.sensor_limit
     JOIN public.sensor ON ((sensor.id = sensor_limit.sensor_id)));


--
-- Name: limit_progress; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.limit_progress (
    project_id integer NOT NULL,
    newest bytea NOT NULL
);
ALTER TABLE ONLY public.limit_progress ALTER COLUMN newest SET STORAGE EXTERNAL;


--
-- Name: limit_standing; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.limit_standing (
    limit_id integer NOT NULL,
    sensor_id integer NOT NULL,
    project_id integer NOT NULL,
    since_us bigint NOT NULL,
    is_raised boolean NOT NULL
);


--
-- Name: live_horizon; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.live_horizon (
    xid xid8 NOT NULL
);


--
-- Name: login_code; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.login_code (
    token_hash bytea NOT NULL,
    account_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: refresh_token; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.refresh_token (
    token_hash bytea NOT NULL,
    login_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    salt uuid DEFAULT gen_random_uuid() NOT NULL
);


--
-- Name: login_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.login_item AS
 SELECT login.number AS "position",
    login.account_id AS in_account,
    login.id,
        CASE
            WHEN (browser.expires_at IS NULL) THEN 'tokens'::text
            ELSE 'browser'::text
        END AS kind,
    login.address,
    login.agent,
    login.created_at AS started_at,
    COALESCE(login.last_used_at, login.created_at) AS last_used_at,
    COALESCE(browser.expires_at, tokens.expires_at) AS expires_at,
    login.second_factor
   FROM ((public.login
     LEFT JOIN LATERAL ( SELECT max(session.expires_at) AS expires_at
           FROM public.browser_session session
          WHERE (session.login_id = login.id)) browser ON (true))
     LEFT JOIN LATERAL ( SELECT max(token.expires_at) AS expires_at
           FROM public.refresh_token token
          WHERE ((token.login_id = login.id) AND (token.used_at IS NULL))) tokens ON (true))
  WHERE (login.revoked_at IS NULL);


--
-- Name: login_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.login ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.login_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: measure_due_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.measure_due ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.measure_due_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: measure_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.measure ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.measure_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: measure_value_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.measure_value ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.measure_value_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: member_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.member_item AS
 SELECT member.number AS "position",
    member.project_id AS in_project,
    account.id,
    account.id AS user_id,
    project.public_id AS project_id,
    account.email,
    account.name,
    (account.deactivated_at IS NULL) AS is_active,
    member.role,
    member.version,
    member.created_at,
    member.updated_at
   FROM ((public.member
     JOIN public.account ON ((account.id = member.account_id)))
     JOIN public.project ON ((project.id = member.project_id)))
  WHERE (account.kind = 'person'::text);


--
-- Name: member_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.member ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.member_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: migration; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.migration (
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: password_reset; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.password_reset (
    token_hash bytea NOT NULL,
    account_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: producer; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.producer (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    name text NOT NULL,
    epoch bigint DEFAULT 1 NOT NULL,
    last_seq bigint DEFAULT 0 NOT NULL,
    last_hash bytea,
    bound_at timestamp with time zone DEFAULT now() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    frame_hashes bytea,
    made_by uuid,
    token_id uuid,
    agent text,
    sensor_count integer,
    seq_before_bind bigint,
    last_commit_at timestamp with time zone,
    CONSTRAINT producer_frame_hashes_check CHECK ((octet_length(frame_hashes) = 2048))
)
WITH (fillfactor='50');
ALTER TABLE ONLY public.producer ALTER COLUMN frame_hashes SET STORAGE PLAIN;


--
-- Name: producer_gap; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.producer_gap (
    id bigint NOT NULL,
    producer_id integer NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    last_commit_at timestamp with time zone,
    resumed_at timestamp with time zone DEFAULT now() NOT NULL,
    token_id uuid,
    sensor_ids integer[],
    was_refused boolean DEFAULT false NOT NULL,
    CONSTRAINT producer_gap_check CHECK ((last_seq >= first_seq))
);


--
-- Name: producer_gap_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.producer_gap ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.producer_gap_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: producer_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.producer ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.producer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: producer_liveness; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.producer_liveness (
    producer_id integer NOT NULL,
    epoch bigint NOT NULL,
    is_connected boolean NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    rate_hz double precision NOT NULL,
    delay_s double precision,
    told_connected boolean DEFAULT false NOT NULL,
    told_at timestamp with time zone
)
WITH (fillfactor='50');


--
-- Name: producer_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.producer_item AS
 SELECT producer.id AS "position",
    producer.project_id AS in_project,
    producer.public_id AS id,
    project.public_id AS project_id,
    producer.name,
    COALESCE(liveness.is_here, false) AS connected,
    producer.bound_at,
    producer.last_seq,
    producer.epoch,
    producer.last_commit_at,
        CASE
            WHEN (producer.last_commit_at IS NOT NULL) THEN liveness.delay_s
            ELSE NULL::double precision
        END AS delay_s,
        CASE
            WHEN liveness.is_here THEN liveness.rate_hz
            ELSE (0)::double precision
        END AS rate_hz,
    producer.sensor_count AS sensors,
    producer.token_id,
    producer.agent,
    producer.created_at,
    gap.items AS gaps
   FROM (((public.producer
     JOIN public.project ON ((project.id = producer.project_id)))
     LEFT JOIN LATERAL ( SELECT liveness_1.delay_s,
            liveness_1.rate_hz,
            (liveness_1.is_connected AND (liveness_1.epoch = producer.epoch) AND (liveness_1.seen_at > (now() - '00:00:15'::interval))) AS is_here
           FROM public.producer_liveness liveness_1
          WHERE (liveness_1.producer_id = producer.id)) liveness ON (true))
     CROSS JOIN LATERAL ( SELECT COALESCE(jsonb_agg(jsonb_build_object('first_seq', newest.first_seq, 'last_seq', newest.last_seq, 'last_commit_at', newest.last_commit_at, 'resumed_at', newest.resumed_at, 'token_id', newest.token_id, 'was_refused', newest.was_refused) ORDER BY newest.id DESC), '[]'::jsonb) AS items
           FROM ( SELECT gap_1.id,
                    gap_1.producer_id,
                    gap_1.first_seq,
                    gap_1.last_seq,
                    gap_1.last_commit_at,
                    gap_1.resumed_at,
                    gap_1.token_id,
                    gap_1.sensor_ids,
                    gap_1.was_refused
                   FROM public.producer_gap gap_1
                  WHERE (gap_1.producer_id = producer.id)
                  ORDER BY gap_1.id DESC
                 LIMIT 100) newest) gap)
  WHERE (producer.name !~~ 'import/%'::text);


--
-- Name: profile_validity; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.profile_validity (
    sensor_id integer NOT NULL,
    profile_id integer NOT NULL,
    during tstzrange NOT NULL,
    CONSTRAINT profile_validity_during_check CHECK ((NOT isempty(during)))
);


--
-- Name: profile_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.profile_item AS
 SELECT profile.id AS "position",
    profile.sensor_id AS in_sensor,
    profile.public_id AS id,
    sensor.public_id AS sensor_id,
    profile.number,
    profile.kind,
    profile.payload,
    profile.content_hash,
    profile.note,
    profile.created_by,
    profile.deprecated_at,
    validity.pieces AS validity,
    profile.version,
    profile.created_at,
    profile.updated_at
   FROM ((public.conversion_profile profile
     JOIN public.sensor ON ((sensor.id = profile.sensor_id)))
     CROSS JOIN LATERAL ( SELECT COALESCE(jsonb_agg(jsonb_build_object('valid_from', NULLIF(lower(piece.piece), '-infinity'::timestamp with time zone), 'valid_to', NULLIF(upper(piece.piece), 'infinity'::timestamp with time zone)) ORDER BY piece.piece), '[]'::jsonb) AS pieces
           FROM unnest(( SELECT range_agg(piece_1.during) AS range_agg
                   FROM public.profile_validity piece_1
                  WHERE (piece_1.profile_id = profile.id))) piece(piece)) validity);


--
-- Name: project_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.project ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.project_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: project_turn; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.project_turn (
    work text NOT NULL,
    project_id integer NOT NULL,
    taken_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT project_turn_work_check CHECK ((work = ANY (ARRAY['backfill'::text, 'import'::text])))
);


--
-- Name: recalibration_due; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.recalibration_due (
    id bigint NOT NULL,
    sensor_id integer NOT NULL,
    during tstzrange NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    held_until timestamp with time zone,
    CONSTRAINT recalibration_due_during_check CHECK ((NOT isempty(during)))
);


--
-- Name: recalibration_due_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.recalibration_due ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.recalibration_due_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: recovery_code; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.recovery_code (
    code_hash bytea NOT NULL,
    account_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: reject_block_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.reject_block ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.reject_block_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: rejected_reading_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.rejected_reading ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.rejected_reading_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: run_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.run ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: run_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.run_item AS
 SELECT run.id AS "position",
    run.project_id AS in_project,
    run.experiment_id AS in_experiment,
    run.sensor_ids,
    run.public_id AS id,
    project.public_id AS project_id,
    experiment.public_id AS experiment_id,
    run.name,
    run.params,
    run.git_sha,
    run.env,
    run.tags,
    run.notes,
    run.metadata,
    run.auto_finish_after_s,
    run.status,
    run.started_at,
    run.finished_at,
    (EXTRACT(epoch FROM (run.finished_at - run.started_at)))::double precision AS duration_s,
    run.created_by,
    run.version,
    run.created_at,
    run.updated_at
   FROM ((public.run
     LEFT JOIN public.project ON ((project.id = run.project_id)))
     LEFT JOIN public.experiment ON ((experiment.id = run.experiment_id)));


--
-- Name: run_metric_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.run_metric ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.run_metric_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: run_sensor; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.run_sensor (
    run_id integer NOT NULL,
    sensor_id integer NOT NULL,
    project_id integer NOT NULL,
    bound_by uuid,
    bound_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: sensor_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.sensor_item AS
 SELECT sensor.id AS "position",
    sensor.project_id AS in_project,
    sensor.public_id AS id,
    project.public_id AS project_id,
    sensor.key,
    sensor.name,
    sensor.kind,
    sensor.input_unit,
    sensor.output_unit,
    sensor.tags,
    sensor.status,
    liveness.last_seen_at,
        CASE
            WHEN (liveness.last_seen_at > (now() - '00:00:10'::interval)) THEN 'online'::text
            WHEN (liveness.last_seen_at > (now() - '00:01:00'::interval)) THEN 'delayed'::text
            ELSE 'offline'::text
        END AS connection,
    sensor.version,
    sensor.created_at,
    sensor.updated_at,
    sensor.silent_after_s
   FROM ((public.sensor
     JOIN public.project ON ((project.id = sensor.project_id)))
     LEFT JOIN public.sensor_liveness liveness ON ((liveness.sensor_id = sensor.id)));


--
-- Name: run_sensor_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.run_sensor_item AS
 SELECT binding.run_id AS in_run,
    binding.bound_at,
    binding.bound_by,
    sensor."position",
    sensor.in_project,
    sensor.id,
    sensor.project_id,
    sensor.key,
    sensor.name,
    sensor.kind,
    sensor.input_unit,
    sensor.output_unit,
    sensor.tags,
    sensor.status,
    sensor.last_seen_at,
    sensor.connection,
    sensor.version,
    sensor.created_at,
    sensor.updated_at,
    sensor.silent_after_s
   FROM (public.run_sensor binding
     JOIN public.sensor_item sensor ON ((sensor."position" = binding.sensor_id)));


--
-- Name: saved_comparison; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.saved_comparison (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    name text NOT NULL,
    question jsonb NOT NULL,
    created_by uuid,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: saved_comparison_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.saved_comparison ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.saved_comparison_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: saved_comparison_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.saved_comparison_item AS
 SELECT saved_comparison.id AS "position",
    saved_comparison.project_id AS in_project,
    saved_comparison.public_id AS id,
    project.public_id AS project_id,
    saved_comparison.name,
    saved_comparison.question,
    saved_comparison.created_by,
    account.name AS created_by_name,
    saved_comparison.version,
    saved_comparison.created_at,
    saved_comparison.updated_at
   FROM ((public.saved_comparison
     JOIN public.project ON ((project.id = saved_comparison.project_id)))
     LEFT JOIN public.account ON ((account.id = saved_comparison.created_by)));


--
-- Name: saved_view; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.saved_view (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    name text NOT NULL,
    is_shared boolean NOT NULL,
    spec jsonb NOT NULL,
    created_by uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: saved_view_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.saved_view ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.saved_view_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: saved_view_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.saved_view_item AS
 SELECT saved_view.id AS "position",
    saved_view.project_id AS in_project,
    saved_view.public_id AS id,
    project.public_id AS project_id,
    saved_view.name,
    saved_view.is_shared AS shared,
    saved_view.spec,
    saved_view.created_by,
    account.name AS created_by_name,
    saved_view.version,
    saved_view.created_at,
    saved_view.updated_at
   FROM ((public.saved_view
     JOIN public.project ON ((project.id = saved_view.project_id)))
     JOIN public.account ON ((account.id = saved_view.created_by)));


--
-- Name: second_step; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.second_step (
    token_hash bytea NOT NULL,
    account_id uuid NOT NULL,
    password_digest bytea NOT NULL,
    challenge bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: sensor_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.sensor ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sensor_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: sensor_limit_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.sensor_limit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sensor_limit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: service_account_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.service_account_item AS
 SELECT service.number AS "position",
    service.project_id AS in_project,
    service.account_id AS id,
    project.public_id AS project_id,
    account.name,
    member.role,
    service.expires_at,
    service.revoked_at,
    service.issued_by,
    service.version,
    service.created_at,
    service.updated_at
   FROM (((public.service_account service
     JOIN public.account ON ((account.id = service.account_id)))
     JOIN public.project ON ((project.id = service.project_id)))
     JOIN public.member ON (((member.project_id = service.project_id) AND (member.account_id = service.account_id))));


--
-- Name: service_account_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.service_account ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.service_account_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: status_change; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.status_change (
    id bigint NOT NULL,
    kind text NOT NULL,
    subject_id integer NOT NULL,
    from_status text NOT NULL,
    to_status text NOT NULL,
    actor_id uuid,
    actor text NOT NULL,
    role text,
    reason text,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT status_change_kind_check CHECK ((kind = ANY (ARRAY['experiment'::text, 'run'::text, 'capture_session'::text])))
);


--
-- Name: status_change_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.status_change ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.status_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: user_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.user_item AS
 SELECT number AS "position",
    id,
    email,
    name,
    is_admin,
    must_change_password,
    deactivated_at,
    version,
    created_at,
    updated_at,
    (EXISTS ( SELECT
           FROM public.factor
          WHERE ((factor.account_id = account.id) AND (factor.confirmed_at IS NOT NULL)))) AS has_second_factor
   FROM public.account
  WHERE (kind = 'person'::text);


--
-- Name: view_ledger; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.view_ledger (
    name text NOT NULL,
    checksum text NOT NULL,
    definition_checksum text NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: webhook; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.webhook (
    id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    project_id integer NOT NULL,
    url text NOT NULL,
    types text[] DEFAULT '{}'::text[] NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    concurrency integer DEFAULT 1 NOT NULL,
    is_enabled boolean DEFAULT true NOT NULL,
    off_reason text,
    secret bytea NOT NULL,
    former_secret bytea,
    former_until timestamp with time zone,
    created_by uuid,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT webhook_concurrency_check CHECK (((concurrency >= 1) AND (concurrency <= 16))),
    CONSTRAINT webhook_off_reason_check CHECK ((off_reason = ANY (ARRAY['failing'::text, 'gone'::text])))
);


--
-- Name: webhook_delivery; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.webhook_delivery (
    id bigint NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    webhook_id integer NOT NULL,
    event_id bigint NOT NULL,
    is_extra boolean DEFAULT false NOT NULL,
    status text DEFAULT 'waiting'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone DEFAULT now() NOT NULL,
    last_attempt_at timestamp with time zone,
    duration_ms double precision,
    status_code integer,
    answer text,
    failure text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT webhook_delivery_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'delivered'::text, 'failed'::text])))
);


--
-- Name: webhook_delivery_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.webhook_delivery ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_delivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: webhook_delivery_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.webhook_delivery_item AS
 SELECT delivery.id AS "position",
    delivery.webhook_id AS in_webhook,
    delivery.public_id AS id,
    webhook.public_id AS webhook_id,
    event.public_id AS event_id,
    event.kind AS type,
    delivery.status,
    delivery.attempts,
        CASE
            WHEN (delivery.status = 'waiting'::text) THEN delivery.next_at
            ELSE NULL::timestamp with time zone
        END AS next_at,
    delivery.last_attempt_at,
    delivery.duration_ms,
    delivery.status_code,
    delivery.answer,
    delivery.failure,
    delivery.created_at
   FROM ((public.webhook_delivery delivery
     JOIN public.webhook ON ((webhook.id = delivery.webhook_id)))
     LEFT JOIN public.event ON ((event.id = delivery.event_id)));


--
-- Name: webhook_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.webhook ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: webhook_standing; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.webhook_standing (
    webhook_id integer NOT NULL,
    next_at timestamp with time zone,
    failing_since timestamp with time zone,
    last_success_at timestamp with time zone
)
WITH (fillfactor='50');


--
-- Name: webhook_item; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.webhook_item AS
 SELECT webhook.id AS "position",
    webhook.project_id AS in_project,
    webhook.public_id AS id,
    project.public_id AS project_id,
    webhook.url,
    webhook.types,
    webhook.description,
    webhook.concurrency,
    webhook.is_enabled AS enabled,
    webhook.off_reason,
    standing.failing_since,
    standing.last_success_at,
        CASE
            WHEN (webhook.former_until > now()) THEN webhook.former_until
            ELSE NULL::timestamp with time zone
        END AS former_secret_until,
    webhook.created_by,
    webhook.version,
    webhook.created_at,
    webhook.updated_at
   FROM ((public.webhook
     JOIN public.project ON ((project.id = webhook.project_id)))
     JOIN public.webhook_standing standing ON ((standing.webhook_id = webhook.id)));


--
-- Name: account account_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);


--
-- Name: alarm alarm_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alarm
    ADD CONSTRAINT alarm_pkey PRIMARY KEY (id);


--
-- Name: alarm alarm_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alarm
    ADD CONSTRAINT alarm_public_id_key UNIQUE (public_id);


--
-- Name: annotation annotation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.annotation
    ADD CONSTRAINT annotation_pkey PRIMARY KEY (id);


--
-- Name: annotation annotation_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.annotation
    ADD CONSTRAINT annotation_public_id_key UNIQUE (public_id);


--
-- Name: api_process api_process_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_process
    ADD CONSTRAINT api_process_pkey PRIMARY KEY (id);


--
-- Name: artifact artifact_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.artifact
    ADD CONSTRAINT artifact_pkey PRIMARY KEY (id);


--
-- Name: artifact artifact_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.artifact
    ADD CONSTRAINT artifact_public_id_key UNIQUE (public_id);


--
-- Name: artifact_removal artifact_removal_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.artifact_removal
    ADD CONSTRAINT artifact_removal_pkey PRIMARY KEY (artifact_id);


--
-- Name: audit_anchor audit_anchor_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_anchor
    ADD CONSTRAINT audit_anchor_pkey PRIMARY KEY (number);


--
-- Name: audit_entry audit_entry_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_pkey PRIMARY KEY (id);


--
-- Name: audit_seal audit_seal_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_seal
    ADD CONSTRAINT audit_seal_pkey PRIMARY KEY (number);


--
-- Name: audit_signature audit_signature_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_signature
    ADD CONSTRAINT audit_signature_pkey PRIMARY KEY (number);


--
-- Name: audit_unsealed audit_unsealed_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_unsealed
    ADD CONSTRAINT audit_unsealed_pkey PRIMARY KEY (entry_id);


--
-- Name: backfill_effect backfill_effect_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_effect
    ADD CONSTRAINT backfill_effect_pkey PRIMARY KEY (window_id, sensor_id);


--
-- Name: backfill_scope backfill_overlap; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_scope
    ADD CONSTRAINT backfill_overlap EXCLUDE USING gist (sensor_id WITH =, during WITH &&) WHERE (is_open);


--
-- Name: backfill backfill_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill
    ADD CONSTRAINT backfill_pkey PRIMARY KEY (id);


--
-- Name: backfill backfill_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill
    ADD CONSTRAINT backfill_public_id_key UNIQUE (public_id);


--
-- Name: backfill_saved backfill_saved_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_saved
    ADD CONSTRAINT backfill_saved_pkey PRIMARY KEY (id);


--
-- Name: backfill_session backfill_session_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_session
    ADD CONSTRAINT backfill_session_pkey PRIMARY KEY (backfill_id, capture_session_id);


--
-- Name: backfill_timeline backfill_timeline_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_timeline
    ADD CONSTRAINT backfill_timeline_pkey PRIMARY KEY (backfill_id);


--
-- Name: backfill_window backfill_window_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_window
    ADD CONSTRAINT backfill_window_pkey PRIMARY KEY (id);


--
-- Name: backup_record backup_record_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backup_record
    ADD CONSTRAINT backup_record_pkey PRIMARY KEY (id);


--
-- Name: browser_session browser_session_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.browser_session
    ADD CONSTRAINT browser_session_pkey PRIMARY KEY (token_hash);


--
-- Name: capture_session capture_session_ordinal_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.capture_session
    ADD CONSTRAINT capture_session_ordinal_key UNIQUE (run_id, ordinal);


--
-- Name: capture_session capture_session_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.capture_session
    ADD CONSTRAINT capture_session_pkey PRIMARY KEY (id);


--
-- Name: capture_session capture_session_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.capture_session
    ADD CONSTRAINT capture_session_public_id_key UNIQUE (public_id);


--
-- Name: capture_session_sensor capture_session_sensor_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.capture_session_sensor
    ADD CONSTRAINT capture_session_sensor_pkey PRIMARY KEY (capture_session_id, sensor_id);


--
-- Name: conversion_profile conversion_profile_id_sensor_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversion_profile
    ADD CONSTRAINT conversion_profile_id_sensor_id_key UNIQUE (id, sensor_id);


--
-- Name: conversion_profile conversion_profile_number_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversion_profile
    ADD CONSTRAINT conversion_profile_number_key UNIQUE (sensor_id, number);


--
-- Name: conversion_profile conversion_profile_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversion_profile
    ADD CONSTRAINT conversion_profile_pkey PRIMARY KEY (id);


--
-- Name: conversion_profile conversion_profile_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversion_profile
    ADD CONSTRAINT conversion_profile_public_id_key UNIQUE (public_id);


--
-- Name: dirty_window dirty_window_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.dirty_window
    ADD CONSTRAINT dirty_window_pkey PRIMARY KEY (id);


--
-- Name: event_consumer event_consumer_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event_consumer
    ADD CONSTRAINT event_consumer_pkey PRIMARY KEY (name);


--
-- Name: event event_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (id);


--
-- Name: event_pruned event_pruned_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event_pruned
    ADD CONSTRAINT event_pruned_pkey PRIMARY KEY (project_id);


--
-- Name: excursion_due excursion_due_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.excursion_due
    ADD CONSTRAINT excursion_due_pkey PRIMARY KEY (id);


--
-- Name: excursion excursion_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.excursion
    ADD CONSTRAINT excursion_pkey PRIMARY KEY (id);


--
-- Name: excursion excursion_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.excursion
    ADD CONSTRAINT excursion_public_id_key UNIQUE (public_id);


--
-- Name: experiment experiment_id_project_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiment
    ADD CONSTRAINT experiment_id_project_id_key UNIQUE (id, project_id);


--
-- Name: experiment experiment_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiment
    ADD CONSTRAINT experiment_pkey PRIMARY KEY (id);


--
-- Name: experiment experiment_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiment
    ADD CONSTRAINT experiment_public_id_key UNIQUE (public_id);


--
-- Name: export export_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.export
    ADD CONSTRAINT export_pkey PRIMARY KEY (id);


--
-- Name: export export_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.export
    ADD CONSTRAINT export_public_id_key UNIQUE (public_id);


--
-- Name: factor_attempt factor_attempt_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.factor_attempt
    ADD CONSTRAINT factor_attempt_pkey PRIMARY KEY (account_id);


--
-- Name: factor factor_credential_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.factor
    ADD CONSTRAINT factor_credential_id_key UNIQUE (credential_id);


--
-- Name: factor factor_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.factor
    ADD CONSTRAINT factor_pkey PRIMARY KEY (id);


--
-- Name: fold_due fold_due_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fold_due
    ADD CONSTRAINT fold_due_pkey PRIMARY KEY (id);


--
-- Name: idempotency_key idempotency_key_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT idempotency_key_pkey PRIMARY KEY (account_id, key);


--
-- Name: import import_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import
    ADD CONSTRAINT import_pkey PRIMARY KEY (id);


--
-- Name: import import_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import
    ADD CONSTRAINT import_public_id_key UNIQUE (public_id);


--
-- Name: import_stored import_stored_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import_stored
    ADD CONSTRAINT import_stored_pkey PRIMARY KEY (id);


--
-- Name: ingest_receipt ingest_receipt_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ingest_receipt
    ADD CONSTRAINT ingest_receipt_pkey PRIMARY KEY (token_id, key);


--
-- Name: ingest_token ingest_token_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ingest_token
    ADD CONSTRAINT ingest_token_pkey PRIMARY KEY (id);


--
-- Name: ingest_token ingest_token_token_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ingest_token
    ADD CONSTRAINT ingest_token_token_hash_key UNIQUE (token_hash);


--
-- Name: invitation invitation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT invitation_pkey PRIMARY KEY (id);


--
-- Name: invitation invitation_token_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT invitation_token_hash_key UNIQUE (token_hash);


--
-- Name: limit_standing limit_standing_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.limit_standing
    ADD CONSTRAINT limit_standing_pkey PRIMARY KEY (limit_id);


--
-- Name: login_code login_code_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.login_code
    ADD CONSTRAINT login_code_pkey PRIMARY KEY (token_hash);


--
-- Name: login login_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.login
    ADD CONSTRAINT login_pkey PRIMARY KEY (id);


--
-- Name: measure_due measure_due_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure_due
    ADD CONSTRAINT measure_due_pkey PRIMARY KEY (id);


--
-- Name: measure measure_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure
    ADD CONSTRAINT measure_name_key UNIQUE (project_id, name);


--
-- Name: measure measure_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure
    ADD CONSTRAINT measure_pkey PRIMARY KEY (id);


--
-- Name: measure measure_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure
    ADD CONSTRAINT measure_public_id_key UNIQUE (public_id);


--
-- Name: measure_reach measure_reach_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure_reach
    ADD CONSTRAINT measure_reach_pkey PRIMARY KEY (value_id, sensor_id);


--
-- Name: measure_value measure_value_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure_value
    ADD CONSTRAINT measure_value_pkey PRIMARY KEY (id);


--
-- Name: measure_value measure_value_subject_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure_value
    ADD CONSTRAINT measure_value_subject_key UNIQUE NULLS NOT DISTINCT (measure_id, run_id, capture_session_id);


--
-- Name: member member_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.member
    ADD CONSTRAINT member_pkey PRIMARY KEY (project_id, account_id);


--
-- Name: metric_point metric_point_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.metric_point
    ADD CONSTRAINT metric_point_pkey PRIMARY KEY (metric_id, step);


--
-- Name: migration migration_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (name);


--
-- Name: password_reset password_reset_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.password_reset
    ADD CONSTRAINT password_reset_pkey PRIMARY KEY (token_hash);


--
-- Name: producer_gap producer_gap_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.producer_gap
    ADD CONSTRAINT producer_gap_pkey PRIMARY KEY (id);


--
-- Name: producer_liveness producer_liveness_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.producer_liveness
    ADD CONSTRAINT producer_liveness_pkey PRIMARY KEY (producer_id);


--
-- Name: producer producer_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.producer
    ADD CONSTRAINT producer_name_key UNIQUE (project_id, name);


--
-- Name: producer producer_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.producer
    ADD CONSTRAINT producer_pkey PRIMARY KEY (id);


--
-- Name: producer producer_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.producer
    ADD CONSTRAINT producer_public_id_key UNIQUE (public_id);


--
-- Name: profile_validity profile_validity_overlap; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.profile_validity
    ADD CONSTRAINT profile_validity_overlap EXCLUDE USING gist (sensor_id WITH =, during WITH &&);


--
-- Name: project project_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.project
    ADD CONSTRAINT project_pkey PRIMARY KEY (id);


--
-- Name: project project_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.project
    ADD CONSTRAINT project_public_id_key UNIQUE (public_id);


--
-- Name: project_turn project_turn_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.project_turn
    ADD CONSTRAINT project_turn_pkey PRIMARY KEY (work, project_id);


--
-- Name: recalibration_due recalibration_due_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.recalibration_due
    ADD CONSTRAINT recalibration_due_pkey PRIMARY KEY (id);


--
-- Name: recovery_code recovery_code_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT recovery_code_pkey PRIMARY KEY (code_hash);


--
-- Name: refresh_token refresh_token_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.refresh_token
    ADD CONSTRAINT refresh_token_pkey PRIMARY KEY (token_hash);


--
-- Name: reject_block reject_block_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reject_block
    ADD CONSTRAINT reject_block_pkey PRIMARY KEY (id);


--
-- Name: rejected_reading rejected_reading_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.rejected_reading
    ADD CONSTRAINT rejected_reading_pkey PRIMARY KEY (id);


--
-- Name: rejected_reading rejected_reading_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.rejected_reading
    ADD CONSTRAINT rejected_reading_public_id_key UNIQUE (public_id);


--
-- Name: run run_id_project_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_id_project_id_key UNIQUE (id, project_id);


--
-- Name: run_metric run_metric_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.run_metric
    ADD CONSTRAINT run_metric_name_key UNIQUE (run_id, name);


--
-- Name: run_metric run_metric_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.run_metric
    ADD CONSTRAINT run_metric_pkey PRIMARY KEY (id);


--
-- Name: run run_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_pkey PRIMARY KEY (id);


--
-- Name: run run_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_public_id_key UNIQUE (public_id);


--
-- Name: run_sensor run_sensor_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.run_sensor
    ADD CONSTRAINT run_sensor_pkey PRIMARY KEY (run_id, sensor_id);


--
-- Name: saved_comparison saved_comparison_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.saved_comparison
    ADD CONSTRAINT saved_comparison_pkey PRIMARY KEY (id);


--
-- Name: saved_comparison saved_comparison_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.saved_comparison
    ADD CONSTRAINT saved_comparison_public_id_key UNIQUE (public_id);


--
-- Name: saved_view saved_view_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.saved_view
    ADD CONSTRAINT saved_view_pkey PRIMARY KEY (id);


--
-- Name: saved_view saved_view_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.saved_view
    ADD CONSTRAINT saved_view_public_id_key UNIQUE (public_id);


--
-- Name: second_step second_step_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.second_step
    ADD CONSTRAINT second_step_pkey PRIMARY KEY (token_hash);


--
-- Name: sensor sensor_id_project_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sensor
    ADD CONSTRAINT sensor_id_project_id_key UNIQUE (id, project_id);


--
-- Name: sensor sensor_key_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sensor
    ADD CONSTRAINT sensor_key_key UNIQUE (project_id, key);


--
-- Name: sensor_limit sensor_limit_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sensor_limit
    ADD CONSTRAINT sensor_limit_pkey PRIMARY KEY (id);


--
-- Name: sensor_limit sensor_limit_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sensor_limit
    ADD CONSTRAINT sensor_limit_public_id_key UNIQUE (public_id);


--
-- Name: sensor_liveness sensor_liveness_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sensor_liveness
    ADD CONSTRAINT sensor_liveness_pkey PRIMARY KEY (sensor_id);


--
-- Name: sensor sensor_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sensor
    ADD CONSTRAINT sensor_pkey PRIMARY KEY (id);


--
-- Name: sensor sensor_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sensor
    ADD CONSTRAINT sensor_public_id_key UNIQUE (public_id);


--
-- Name: service_account service_account_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.service_account
    ADD CONSTRAINT service_account_pkey PRIMARY KEY (account_id);


--
-- Name: service_account service_account_token_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.service_account
    ADD CONSTRAINT service_account_token_hash_key UNIQUE (token_hash);


--
-- Name: sql_role sql_role_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sql_role
    ADD CONSTRAINT sql_role_pkey PRIMARY KEY (name);


--
-- Name: sql_role_project sql_role_project_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sql_role_project
    ADD CONSTRAINT sql_role_project_pkey PRIMARY KEY (name, project_id);


--
-- Name: status_change status_change_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.status_change
    ADD CONSTRAINT status_change_pkey PRIMARY KEY (id);


--
-- Name: view_ledger view_ledger_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.view_ledger
    ADD CONSTRAINT view_ledger_pkey PRIMARY KEY (name);


--
-- Name: webhook_delivery webhook_delivery_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_delivery
    ADD CONSTRAINT webhook_delivery_pkey PRIMARY KEY (id);


--
-- Name: webhook_delivery webhook_delivery_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_delivery
    ADD CONSTRAINT webhook_delivery_public_id_key UNIQUE (public_id);


--
-- Name: webhook webhook_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook
    ADD CONSTRAINT webhook_pkey PRIMARY KEY (id);


--
-- Name: webhook webhook_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook
    ADD CONSTRAINT webhook_public_id_key UNIQUE (public_id);


--
-- Name: webhook_standing webhook_standing_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_standing
    ADD CONSTRAINT webhook_standing_pkey PRIMARY KEY (webhook_id);


--
-- Name: account_canonical_email_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX account_canonical_email_key ON public.account USING btree (lower((email COLLATE "C")));


--
-- Name: account_email_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX account_email_key ON public.account USING btree (lower(email));


--
-- Name: account_number_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX account_number_key ON public.account USING btree (number);


--
-- Name: alarm_active_limit_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX alarm_active_limit_idx ON public.alarm USING btree (limit_id) WHERE ((cleared_at IS NULL) AND (limit_id IS NOT NULL));


--
-- Name: alarm_active_project_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX alarm_active_project_idx ON public.alarm USING btree (project_id, id) WHERE (cleared_at IS NULL);


--
-- Name: alarm_active_silence_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX alarm_active_silence_idx ON public.alarm USING btree (sensor_id) WHERE ((cleared_at IS NULL) AND (limit_id IS NULL));


--
-- Name: alarm_cleared_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX alarm_cleared_at_idx ON public.alarm USING btree (limit_id, cleared_at);


--
-- Name: alarm_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX alarm_project_id_idx ON public.alarm USING btree (project_id, id);


--
-- Name: alarm_sensor_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX alarm_sensor_id_idx ON public.alarm USING btree (sensor_id, id);


--
-- Name: annotation_created_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX annotation_created_at_idx ON public.annotation USING btree (project_id, created_at, id);


--
-- Name: annotation_from_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX annotation_from_idx ON public.annotation USING btree (project_id, from_time, id);


--
-- Name: annotation_q_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX annotation_q_idx ON public.annotation USING gin (project_id, lower(text) public.gin_trgm_ops);


--
-- Name: annotation_run_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX annotation_run_id_idx ON public.annotation USING btree (run_id) WHERE (run_id IS NOT NULL);


--
-- Name: annotation_tags_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX annotation_tags_idx ON public.annotation USING gin (project_id, tags);


--
-- Name: artifact_damaged_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX artifact_damaged_idx ON public.artifact USING btree (id) WHERE (status = 'damaged'::text);


--
-- Name: artifact_name_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX artifact_name_idx ON public.artifact USING btree (project_id, kind, name, id);


--
-- Name: artifact_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX artifact_project_id_idx ON public.artifact USING btree (project_id, id);


--
-- Name: artifact_run_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX artifact_run_id_idx ON public.artifact USING btree (run_id, id);


--
-- Name: artifact_uploading_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX artifact_uploading_idx ON public.artifact USING btree (received_at) WHERE (status = 'uploading'::text);


--
-- Name: audit_entry_action_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_action_idx ON public.audit_entry USING btree (project_id, action, id);


--
-- Name: audit_entry_actor_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_actor_id_idx ON public.audit_entry USING btree (project_id, actor_id, id);


--
-- Name: audit_entry_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_at_idx ON public.audit_entry USING btree (project_id, at);


--
-- Name: audit_entry_kind_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_kind_idx ON public.audit_entry USING btree (project_id, kind, id);


--
-- Name: audit_entry_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_project_id_idx ON public.audit_entry USING btree (project_id, id);


--
-- Name: audit_entry_request_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_request_id_idx ON public.audit_entry USING btree (request_id);


--
-- Name: audit_entry_subject_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_subject_id_idx ON public.audit_entry USING btree (subject_id, id);


--
-- Name: backfill_made_before_backfill_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX backfill_made_before_backfill_id_idx ON public.backfill_made_before USING btree (backfill_id, "time");


--
-- Name: backfill_open_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX backfill_open_idx ON public.backfill USING btree (priority DESC, id) WHERE (status = ANY (ARRAY['planned'::text, 'running'::text, 'paused'::text, 'undoing'::text]));


--
-- Name: backfill_profile_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX backfill_profile_id_idx ON public.backfill USING btree (profile_id) WHERE (profile_id IS NOT NULL);


--
-- Name: backfill_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX backfill_project_id_idx ON public.backfill USING btree (project_id, id);


--
-- Name: backfill_saved_during_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX backfill_saved_during_idx ON public.backfill_saved USING gist (project_id, during);


--
-- Name: backfill_saved_window_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX backfill_saved_window_id_idx ON public.backfill_saved USING btree (window_id);


--
-- Name: backfill_scope_backfill_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX backfill_scope_backfill_id_idx ON public.backfill_scope USING btree (backfill_id);


--
-- Name: backfill_scope_sensor_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX backfill_scope_sensor_id_idx ON public.backfill_scope USING btree (sensor_id);


--
-- Name: backfill_session_capture_session_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX backfill_session_capture_session_id_idx ON public.backfill_session USING btree (capture_session_id);


--
-- Name: backfill_window_backfill_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX backfill_window_backfill_id_idx ON public.backfill_window USING btree (backfill_id);


--
-- Name: backfill_window_done_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX backfill_window_done_at_idx ON public.backfill_window USING btree (done_at DESC) WHERE (done_at IS NOT NULL);


--
-- Name: backfill_window_pending_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX backfill_window_pending_idx ON public.backfill_window USING btree (backfill_id, level, id) WHERE (done_at IS NULL);


--
-- Name: backfill_window_stale_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX backfill_window_stale_idx ON public.backfill_window USING btree (backfill_id, level, id) WHERE is_stale;


--
-- Name: backup_record_finished_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX backup_record_finished_at_idx ON public.backup_record USING btree (finished_at);


--
-- Name: browser_session_expires_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX browser_session_expires_at_idx ON public.browser_session USING btree (expires_at);


--
-- Name: browser_session_login_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX browser_session_login_id_idx ON public.browser_session USING btree (login_id);


--
-- Name: capture_session_active_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX capture_session_active_idx ON public.capture_session USING btree (run_id) WHERE (status = ANY (ARRAY['running'::text, 'backfilling'::text]));


--
-- Name: capture_session_running_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX capture_session_running_idx ON public.capture_session USING btree (started_at) WHERE (status = 'running'::text);


--
-- Name: capture_session_sensor_sensor_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX capture_session_sensor_sensor_id_idx ON public.capture_session_sensor USING btree (sensor_id);


--
-- Name: capture_session_started_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX capture_session_started_at_idx ON public.capture_session USING btree (project_id, started_at, id) WHERE (started_at IS NOT NULL);


--
-- Name: catalog_change_version_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX catalog_change_version_idx ON public.catalog_change USING btree (project_id, version);


--
-- Name: change_log_xid_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX change_log_xid_idx ON public.change_log USING btree (xid);


--
-- Name: conversion_profile_sensor_id_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX conversion_profile_sensor_id_id_idx ON public.conversion_profile USING btree (sensor_id, id);


--
-- Name: dirty_window_minute_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX dirty_window_minute_idx ON public.dirty_window USING btree (minute);


--
-- Name: event_all_xid_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX event_all_xid_idx ON public.event USING btree (xid);


--
-- Name: event_created_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX event_created_at_idx ON public.event USING btree (project_id, created_at);


--
-- Name: event_kind_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX event_kind_idx ON public.event USING btree (project_id, kind, id);


--
-- Name: event_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX event_project_id_idx ON public.event USING btree (project_id, id);


--
-- Name: event_public_id_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX event_public_id_key ON public.event USING btree (public_id);


--
-- Name: event_xid_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX event_xid_idx ON public.event USING btree (project_id, xid);


--
-- Name: excursion_due_project_to_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX excursion_due_project_to_idx ON public.excursion_due USING btree (project_id, to_us);


--
-- Name: excursion_due_sensor_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX excursion_due_sensor_id_idx ON public.excursion_due USING btree (sensor_id, to_us);


--
-- Name: excursion_limit_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX excursion_limit_id_idx ON public.excursion USING btree (limit_id, id);


--
-- Name: excursion_limit_to_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX excursion_limit_to_idx ON public.excursion USING btree (limit_id, to_us);


--
-- Name: excursion_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX excursion_project_id_idx ON public.excursion USING btree (project_id, id);


--
-- Name: excursion_project_to_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX excursion_project_to_idx ON public.excursion USING btree (project_id, to_us);


--
-- Name: excursion_sensor_to_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX excursion_sensor_to_idx ON public.excursion USING btree (sensor_id, to_us);


--
-- Name: experiment_created_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX experiment_created_at_idx ON public.experiment USING btree (project_id, created_at, id);


--
-- Name: experiment_created_by_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX experiment_created_by_idx ON public.experiment USING btree (project_id, created_by, created_at, id);


--
-- Name: experiment_finished_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX experiment_finished_at_idx ON public.experiment USING btree (project_id, COALESCE(finished_at, 'infinity'::timestamp with time zone), id);


--
-- Name: experiment_name_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX experiment_name_idx ON public.experiment USING btree (project_id, lower(name), id);


--
-- Name: experiment_name_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX experiment_name_key ON public.experiment USING btree (project_id, lower(name));


--
-- Name: experiment_q_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX experiment_q_idx ON public.experiment USING gin (project_id, lower(((name || ' '::text) || description)) public.gin_trgm_ops);


--
-- Name: experiment_started_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX experiment_started_at_idx ON public.experiment USING btree (project_id, COALESCE(started_at, 'infinity'::timestamp with time zone), id);


--
-- Name: experiment_status_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX experiment_status_idx ON public.experiment USING btree (project_id, status, created_at, id);


--
-- Name: experiment_tags_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX experiment_tags_idx ON public.experiment USING gin (project_id, tags);


--
-- Name: export_open_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX export_open_idx ON public.export USING btree (id) WHERE (status = ANY (ARRAY['waiting'::text, 'running'::text]));


--
-- Name: export_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX export_project_id_idx ON public.export USING btree (project_id, id);


--
-- Name: factor_account_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX factor_account_id_idx ON public.factor USING btree (account_id);


--
-- Name: fold_due_tier_s_bucket_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX fold_due_tier_s_bucket_idx ON public.fold_due USING btree (tier_s, bucket);


--
-- Name: idempotency_key_created_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idempotency_key_created_at_idx ON public.idempotency_key USING btree (created_at);


--
-- Name: import_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_project_id_idx ON public.import USING btree (project_id, id);


--
-- Name: import_status_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_status_idx ON public.import USING btree (id) WHERE (status = ANY (ARRAY['uploading'::text, 'ready'::text, 'running'::text, 'paused'::text]));


--
-- Name: import_stored_import_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_stored_import_id_idx ON public.import_stored USING btree (import_id, id);


--
-- Name: import_undoing_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_undoing_idx ON public.import USING btree (id) WHERE (status = 'undoing'::text);


--
-- Name: ingest_receipt_created_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ingest_receipt_created_at_idx ON public.ingest_receipt USING btree (created_at);


--
-- Name: ingest_receipt_line_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ingest_receipt_line_idx ON public.ingest_receipt USING btree (created_at) WHERE (POSITION(('
'::text) IN (key)) > 0);


--
-- Name: ingest_token_lineage_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ingest_token_lineage_idx ON public.ingest_token USING btree (lineage);


--
-- Name: ingest_token_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ingest_token_project_id_idx ON public.ingest_token USING btree (project_id);


--
-- Name: ingest_token_project_id_number_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ingest_token_project_id_number_idx ON public.ingest_token USING btree (project_id, number);


--
-- Name: invitation_project_id_number_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX invitation_project_id_number_idx ON public.invitation USING btree (project_id, number);


--
-- Name: limit_progress_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX limit_progress_project_id_idx ON public.limit_progress USING btree (project_id);


--
-- Name: limit_standing_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX limit_standing_project_id_idx ON public.limit_standing USING btree (project_id);


--
-- Name: login_account_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX login_account_id_idx ON public.login USING btree (account_id);


--
-- Name: login_code_account_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX login_code_account_id_idx ON public.login_code USING btree (account_id);


--
-- Name: login_code_expires_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX login_code_expires_at_idx ON public.login_code USING btree (expires_at);


--
-- Name: login_number_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX login_number_key ON public.login USING btree (number);


--
-- Name: measure_due_measure_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX measure_due_measure_id_idx ON public.measure_due USING btree (measure_id) WHERE (measure_id IS NOT NULL);


--
-- Name: measure_due_run_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX measure_due_run_id_idx ON public.measure_due USING btree (run_id) WHERE (run_id IS NOT NULL);


--
-- Name: measure_due_value_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX measure_due_value_id_idx ON public.measure_due USING btree (value_id) WHERE (value_id IS NOT NULL);


--
-- Name: measure_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX measure_project_id_idx ON public.measure USING btree (project_id, id);


--
-- Name: measure_reach_during_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX measure_reach_during_idx ON public.measure_reach USING gist (sensor_id, during);


--
-- Name: measure_sensor_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX measure_sensor_id_idx ON public.measure USING btree (sensor_id);


--
-- Name: measure_value_capture_session_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX measure_value_capture_session_id_idx ON public.measure_value USING btree (capture_session_id) WHERE (capture_session_id IS NOT NULL);


--
-- Name: measure_value_run_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX measure_value_run_id_idx ON public.measure_value USING btree (run_id);


--
-- Name: measure_value_value_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX measure_value_value_idx ON public.measure_value USING btree (measure_id, value, run_id) WHERE (capture_session_id IS NULL);


--
-- Name: measure_when_sensor_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX measure_when_sensor_id_idx ON public.measure USING btree (when_sensor_id) WHERE (when_sensor_id IS NOT NULL);


--
-- Name: member_account_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX member_account_id_idx ON public.member USING btree (account_id);


--
-- Name: member_project_id_number_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX member_project_id_number_idx ON public.member USING btree (project_id, number);


--
-- Name: password_reset_account_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX password_reset_account_id_idx ON public.password_reset USING btree (account_id);


--
-- Name: password_reset_expires_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX password_reset_expires_at_idx ON public.password_reset USING btree (expires_at);


--
-- Name: producer_gap_producer_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX producer_gap_producer_id_idx ON public.producer_gap USING btree (producer_id, id);


--
-- Name: producer_gap_resumed_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX producer_gap_resumed_at_idx ON public.producer_gap USING btree (resumed_at);


--
-- Name: producer_gap_sensor_ids_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX producer_gap_sensor_ids_idx ON public.producer_gap USING gin (sensor_ids);


--
-- Name: profile_validity_profile_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX profile_validity_profile_id_idx ON public.profile_validity USING btree (profile_id);


--
-- Name: reading_sensor_id_time_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reading_sensor_id_time_idx ON public.reading USING btree (sensor_id, "time");


--
-- Name: recalibration_due_sensor_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX recalibration_due_sensor_id_idx ON public.recalibration_due USING btree (sensor_id);


--
-- Name: recovery_code_account_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX recovery_code_account_id_idx ON public.recovery_code USING btree (account_id);


--
-- Name: refresh_token_expires_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX refresh_token_expires_at_idx ON public.refresh_token USING btree (expires_at);


--
-- Name: refresh_token_login_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX refresh_token_login_id_idx ON public.refresh_token USING btree (login_id);


--
-- Name: reject_block_project_id_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reject_block_project_id_id_idx ON public.reject_block USING btree (project_id, id);


--
-- Name: reject_block_received_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reject_block_received_at_idx ON public.reject_block USING btree (received_at);


--
-- Name: rejected_reading_project_id_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX rejected_reading_project_id_id_idx ON public.rejected_reading USING btree (project_id, id);


--
-- Name: rejected_reading_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX rejected_reading_project_id_idx ON public.rejected_reading USING btree (project_id, received_at, id);


--
-- Name: rollup_fine_sensor_id_tier_us_bucket_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX rollup_fine_sensor_id_tier_us_bucket_key ON public.rollup_fine USING btree (sensor_id, tier_us, bucket);


--
-- Name: rollup_sensor_id_tier_s_bucket_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX rollup_sensor_id_tier_s_bucket_key ON public.rollup USING btree (sensor_id, tier_s, bucket);


--
-- Name: rollup_sparse_minute_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX rollup_sparse_minute_idx ON public.rollup USING btree (sensor_id, bucket) WHERE ((tier_s = 60) AND (NOT has_seconds));


--
-- Name: run_auto_finish_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX run_auto_finish_idx ON public.run USING btree (started_at) WHERE ((status = 'running'::text) AND (auto_finish_after_s IS NOT NULL));


--
-- Name: run_created_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX run_created_at_idx ON public.run USING btree (project_id, created_at, id);


--
-- Name: run_created_by_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX run_created_by_idx ON public.run USING btree (project_id, created_by, created_at, id);


--
-- Name: run_experiment_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX run_experiment_id_idx ON public.run USING btree (experiment_id, created_at, id);


--
-- Name: run_finished_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX run_finished_at_idx ON public.run USING btree (project_id, COALESCE(finished_at, 'infinity'::timestamp with time zone), id);


--
-- Name: run_git_sha_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX run_git_sha_idx ON public.run USING btree (project_id, git_sha, created_at, id) WHERE (git_sha IS NOT NULL);


--
-- Name: run_name_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX run_name_idx ON public.run USING btree (project_id, lower(name), id);


--
-- Name: run_q_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX run_q_idx ON public.run USING gin (project_id, lower(((name || ' '::text) || notes)) public.gin_trgm_ops);


--
-- Name: run_running_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX run_running_idx ON public.run USING btree (experiment_id) WHERE (status = 'running'::text);


--
-- Name: run_sensor_ids_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX run_sensor_ids_idx ON public.run USING gin (sensor_ids);


--
-- Name: run_sensor_sensor_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX run_sensor_sensor_id_idx ON public.run_sensor USING btree (sensor_id);


--
-- Name: run_started_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX run_started_at_idx ON public.run USING btree (project_id, COALESCE(started_at, 'infinity'::timestamp with time zone), id);


--
-- Name: run_status_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX run_status_idx ON public.run USING btree (project_id, status, created_at, id);


--
-- Name: run_tags_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX run_tags_idx ON public.run USING gin (project_id, tags);


--
-- Name: saved_comparison_name_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX saved_comparison_name_key ON public.saved_comparison USING btree (project_id, lower(name));


--
-- Name: saved_comparison_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX saved_comparison_project_id_idx ON public.saved_comparison USING btree (project_id, id);


--
-- Name: saved_view_created_by_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX saved_view_created_by_idx ON public.saved_view USING btree (project_id, created_by, id);


--
-- Name: saved_view_name_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX saved_view_name_key ON public.saved_view USING btree (project_id, created_by, lower(name));


--
-- Name: second_step_account_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX second_step_account_id_idx ON public.second_step USING btree (account_id);


--
-- Name: second_step_expires_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX second_step_expires_at_idx ON public.second_step USING btree (expires_at);


--
-- Name: sensor_created_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sensor_created_at_idx ON public.sensor USING btree (project_id, created_at, id);


--
-- Name: sensor_limit_sensor_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sensor_limit_sensor_id_idx ON public.sensor_limit USING btree (sensor_id) WHERE (deleted_at IS NULL);


--
-- Name: sensor_name_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sensor_name_idx ON public.sensor USING btree (project_id, lower(name), id);


--
-- Name: sensor_project_id_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sensor_project_id_id_idx ON public.sensor USING btree (project_id, id);


--
-- Name: sensor_q_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sensor_q_idx ON public.sensor USING gin (project_id, lower(((key || ' '::text) || name)) public.gin_trgm_ops);


--
-- Name: sensor_silent_after_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sensor_silent_after_idx ON public.sensor USING btree (id) WHERE (silent_after_s IS NOT NULL);


--
-- Name: service_account_project_id_number_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX service_account_project_id_number_idx ON public.service_account USING btree (project_id, number);


--
-- Name: sql_role_project_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sql_role_project_project_id_idx ON public.sql_role_project USING btree (project_id);


--
-- Name: status_change_subject_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX status_change_subject_idx ON public.status_change USING btree (kind, subject_id, id);


--
-- Name: webhook_delivery_created_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_delivery_created_at_idx ON public.webhook_delivery USING btree (created_at);


--
-- Name: webhook_delivery_event_id_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX webhook_delivery_event_id_key ON public.webhook_delivery USING btree (event_id, webhook_id) WHERE (NOT is_extra);


--
-- Name: webhook_delivery_waiting_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_delivery_waiting_idx ON public.webhook_delivery USING btree (webhook_id, id) WHERE (status = 'waiting'::text);


--
-- Name: webhook_delivery_webhook_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_delivery_webhook_id_idx ON public.webhook_delivery USING btree (webhook_id, id);


--
-- Name: webhook_project_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_project_id_idx ON public.webhook USING btree (project_id, id);


--
-- Name: webhook_standing_next_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_standing_next_at_idx ON public.webhook_standing USING btree (next_at) WHERE (next_at IS NOT NULL);


--
-- Name: backfill add_timeline; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER add_timeline AFTER INSERT ON public.backfill FOR EACH ROW EXECUTE FUNCTION public.add_backfill_timeline();


--
-- Name: audit_anchor append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_anchor FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: audit_entry append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER append_only BEFORE UPDATE ON public.audit_entry FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: audit_seal append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER append_only BEFORE UPDATE ON public.audit_seal FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: status_change append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.status_change FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: audit_entry append_only_but_for_retention; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER append_only_but_for_retention BEFORE DELETE ON public.audit_entry FOR EACH ROW WHEN ((current_setting('barograph.audit_retention'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION public.refuse_change();


--
-- Name: audit_seal append_only_but_for_retention; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER append_only_but_for_retention BEFORE DELETE ON public.audit_seal FOR EACH ROW WHEN ((current_setting('barograph.audit_retention'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION public.refuse_change();


--
-- Name: artifact artifact_removed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER artifact_removed AFTER DELETE ON public.artifact FOR EACH ROW WHEN ((old.url IS NULL)) EXECUTE FUNCTION public.note_artifact_removal();


--
-- Name: backfill backfill_tell; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER backfill_tell AFTER UPDATE ON public.backfill FOR EACH ROW WHEN ((((old.status = 'planned'::text) AND (new.status = 'running'::text)) OR ((old.status <> new.status) AND (new.status = ANY (ARRAY['finished'::text, 'failed'::text, 'undone'::text]))))) EXECUTE FUNCTION public.tell_of_backfill();


--
-- Name: capture_session guard_activation; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER guard_activation AFTER UPDATE OF status ON public.capture_session FOR EACH ROW WHEN (public.is_active(new.status)) EXECUTE FUNCTION public.guard_capture_session();


--
-- Name: experiment guard_archival; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER guard_archival AFTER UPDATE OF status ON public.experiment FOR EACH ROW WHEN ((new.status = 'archived'::text)) EXECUTE FUNCTION public.guard_experiment_archival();


--
-- Name: capture_session guard_backfilling; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER guard_backfilling AFTER UPDATE OF status ON public.capture_session FOR EACH ROW WHEN (((old.status = 'backfilling'::text) AND (new.status <> 'backfilling'::text))) EXECUTE FUNCTION public.guard_backfilling();


--
-- Name: capture_session guard_creation; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER guard_creation AFTER INSERT ON public.capture_session FOR EACH ROW EXECUTE FUNCTION public.guard_capture_session();


--
-- Name: run guard_creation; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER guard_creation AFTER INSERT ON public.run FOR EACH ROW EXECUTE FUNCTION public.guard_run_start();


--
-- Name: sensor guard_decommission; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER guard_decommission AFTER UPDATE OF status ON public.sensor FOR EACH ROW WHEN ((new.status = 'decommissioned'::text)) EXECUTE FUNCTION public.guard_sensor();


--
-- Name: capture_session guard_deletion; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER guard_deletion BEFORE DELETE ON public.capture_session FOR EACH ROW EXECUTE FUNCTION public.guard_capture_session_deletion();


--
-- Name: sensor guard_deletion; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER guard_deletion BEFORE DELETE ON public.sensor FOR EACH ROW EXECUTE FUNCTION public.guard_sensor();


--
-- Name: run guard_end; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER guard_end AFTER UPDATE OF status ON public.run FOR EACH ROW WHEN ((new.status = ANY (ARRAY['finished'::text, 'failed'::text, 'archived'::text]))) EXECUTE FUNCTION public.guard_run_end();


--
-- Name: run guard_start; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER guard_start AFTER UPDATE OF status ON public.run FOR EACH ROW WHEN ((new.status = 'running'::text)) EXECUTE FUNCTION public.guard_run_start();


--
-- Name: run_sensor guard_unbinding; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER guard_unbinding AFTER DELETE ON public.run_sensor FOR EACH ROW EXECUTE FUNCTION public.guard_unbinding();


--
-- Name: import import_tell; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER import_tell AFTER UPDATE ON public.import FOR EACH ROW WHEN (((old.status <> new.status) AND (new.status = ANY (ARRAY['finished'::text, 'failed'::text])))) EXECUTE FUNCTION public.tell_of_import();


--
-- Name: run_sensor join_running_sessions; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER join_running_sessions AFTER INSERT ON public.run_sensor FOR EACH ROW EXECUTE FUNCTION public.join_running_sessions();


--
-- Name: audit_seal link_seal; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER link_seal BEFORE INSERT ON public.audit_seal FOR EACH ROW EXECUTE FUNCTION public.link_seal();


--
-- Name: capture_session mark_measures; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER mark_measures AFTER UPDATE ON public.capture_session FOR EACH ROW WHEN (((old.started_at IS DISTINCT FROM new.started_at) OR (old.stopped_at IS DISTINCT FROM new.stopped_at))) EXECUTE FUNCTION public.mark_measures_of_session();


--
-- Name: dirty_window mark_measures; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER mark_measures AFTER DELETE ON public.dirty_window REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.mark_touched_measures();


--
-- Name: run mark_measures; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER mark_measures AFTER UPDATE ON public.run FOR EACH ROW WHEN (((old.status IS DISTINCT FROM new.status) OR (old.finished_at IS DISTINCT FROM new.finished_at))) EXECUTE FUNCTION public.mark_measures_of_run();


--
-- Name: capture_session_sensor mark_measures_of_bound; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER mark_measures_of_bound AFTER INSERT ON public.capture_session_sensor REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.mark_measures_of_binding();


--
-- Name: measure mark_measures_of_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER mark_measures_of_changed AFTER UPDATE ON public.measure FOR EACH ROW WHEN ((old.definition <> new.definition)) EXECUTE FUNCTION public.mark_measures_of_definition();


--
-- Name: capture_session mark_measures_of_gone; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER mark_measures_of_gone AFTER DELETE ON public.capture_session FOR EACH ROW WHEN ((old.stopped_at IS NOT NULL)) EXECUTE FUNCTION public.mark_measures_of_session();


--
-- Name: measure mark_measures_of_new; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER mark_measures_of_new AFTER INSERT ON public.measure FOR EACH ROW EXECUTE FUNCTION public.mark_measures_of_definition();


--
-- Name: capture_session mark_measures_of_past; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER mark_measures_of_past AFTER INSERT ON public.capture_session FOR EACH ROW WHEN ((new.stopped_at IS NOT NULL)) EXECUTE FUNCTION public.mark_measures_of_session();


--
-- Name: capture_session_sensor mark_measures_of_unbound; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER mark_measures_of_unbound AFTER DELETE ON public.capture_session_sensor REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.mark_measures_of_binding();


--
-- Name: member member_owner_leaves; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER member_owner_leaves AFTER DELETE OR UPDATE OF role ON public.member FOR EACH ROW WHEN ((old.role = 'owner'::text)) EXECUTE FUNCTION public.project_keeps_an_owner();


--
-- Name: audit_anchor never_emptied; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.audit_anchor FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: audit_entry never_emptied; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.audit_entry FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: audit_seal never_emptied; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.audit_seal FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: status_change never_emptied; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON public.status_change FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: profile_validity note_first_held; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER note_first_held AFTER INSERT ON public.profile_validity FOR EACH ROW EXECUTE FUNCTION public.note_first_held();


--
-- Name: profile_validity profile_validity_note_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER profile_validity_note_delete AFTER DELETE ON public.profile_validity REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_changed_validity();


--
-- Name: profile_validity profile_validity_note_insert; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER profile_validity_note_insert AFTER INSERT ON public.profile_validity REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_changed_validity();


--
-- Name: profile_validity profile_validity_note_update; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER profile_validity_note_update AFTER UPDATE ON public.profile_validity REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_changed_validity();


--
-- Name: project project_note_stamp; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER project_note_stamp AFTER INSERT OR UPDATE OF catalog_version ON public.project FOR EACH ROW EXECUTE FUNCTION public.note_catalog_stamp();


--
-- Name: project project_stamp_catalog; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER project_stamp_catalog BEFORE UPDATE OF catalog_version ON public.project FOR EACH ROW EXECUTE FUNCTION public.stamp_catalog();


--
-- Name: audit_entry queue_for_sealing; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER queue_for_sealing AFTER INSERT ON public.audit_entry REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION public.queue_for_sealing();


--
-- Name: saved_comparison saved_comparison_tell; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER saved_comparison_tell AFTER INSERT OR DELETE OR UPDATE ON public.saved_comparison FOR EACH ROW EXECUTE FUNCTION public.tell_of_comparison();


--
-- Name: sensor_limit sensor_limit_note_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER sensor_limit_note_delete AFTER DELETE ON public.sensor_limit REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_changed_limits();


--
-- Name: sensor_limit sensor_limit_note_insert; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER sensor_limit_note_insert AFTER INSERT ON public.sensor_limit REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_changed_limits();


--
-- Name: sensor_limit sensor_limit_note_update; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER sensor_limit_note_update AFTER UPDATE ON public.sensor_limit REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_changed_limits();


--
-- Name: sensor sensor_note_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER sensor_note_delete AFTER DELETE ON public.sensor REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_changed_sensors();


--
-- Name: sensor sensor_note_insert; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER sensor_note_insert AFTER INSERT ON public.sensor REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_changed_sensors();


--
-- Name: sensor sensor_note_update; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER sensor_note_update AFTER UPDATE ON public.sensor REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_changed_sensors();


--
-- Name: backfill_saved stamp_replaced_at; Type: TRIGGER; Schema: public; Owner: -
--

CREATE CONSTRAINT TRIGGER stamp_replaced_at AFTER INSERT ON public.backfill_saved DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.replaced_at >= now())) EXECUTE FUNCTION public.stamp_replaced_at();


--
-- Name: status_change status_change_tell; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER status_change_tell AFTER INSERT ON public.status_change REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION public.tell_of_states();


--
-- Name: capture_session take_run_sensors; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER take_run_sensors AFTER INSERT OR UPDATE OF status ON public.capture_session FOR EACH ROW WHEN ((new.status = 'running'::text)) EXECUTE FUNCTION public.take_run_sensors();


--
-- Name: change_log ts_insert_blocker; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ts_insert_blocker BEFORE INSERT ON public.change_log FOR EACH ROW EXECUTE FUNCTION _timescaledb_functions.insert_blocker();


--
-- Name: reading ts_insert_blocker; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ts_insert_blocker BEFORE INSERT ON public.reading FOR EACH ROW EXECUTE FUNCTION _timescaledb_functions.insert_blocker();


--
-- Name: rollup ts_insert_blocker; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ts_insert_blocker BEFORE INSERT ON public.rollup FOR EACH ROW EXECUTE FUNCTION _timescaledb_functions.insert_blocker();


--
-- Name: rollup_fine ts_insert_blocker; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ts_insert_blocker BEFORE INSERT ON public.rollup_fine FOR EACH ROW EXECUTE FUNCTION _timescaledb_functions.insert_blocker();


--
-- Name: alarm alarm_acknowledged_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alarm
    ADD CONSTRAINT alarm_acknowledged_by_fkey FOREIGN KEY (acknowledged_by) REFERENCES public.account(id);


--
-- Name: alarm alarm_limit_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alarm
    ADD CONSTRAINT alarm_limit_id_fkey FOREIGN KEY (limit_id) REFERENCES public.sensor_limit(id) ON DELETE CASCADE;


--
-- Name: alarm alarm_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alarm
    ADD CONSTRAINT alarm_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: alarm alarm_sensor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alarm
    ADD CONSTRAINT alarm_sensor_id_fkey FOREIGN KEY (sensor_id) REFERENCES public.sensor(id) ON DELETE CASCADE;


--
-- Name: annotation annotation_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.annotation
    ADD CONSTRAINT annotation_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: annotation annotation_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.annotation
    ADD CONSTRAINT annotation_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: annotation annotation_run_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.annotation
    ADD CONSTRAINT annotation_run_id_fkey FOREIGN KEY (run_id, project_id) REFERENCES public.run(id, project_id) ON DELETE CASCADE;


--
-- Name: artifact artifact_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.artifact
    ADD CONSTRAINT artifact_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: artifact artifact_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.artifact
    ADD CONSTRAINT artifact_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: artifact artifact_reviewed_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.artifact
    ADD CONSTRAINT artifact_reviewed_by_fkey FOREIGN KEY (reviewed_by) REFERENCES public.account(id);


--
-- Name: artifact artifact_run_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.artifact
    ADD CONSTRAINT artifact_run_id_fkey FOREIGN KEY (run_id, project_id) REFERENCES public.run(id, project_id) ON DELETE CASCADE;


--
-- Name: backfill backfill_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill
    ADD CONSTRAINT backfill_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: backfill_effect backfill_effect_sensor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_effect
    ADD CONSTRAINT backfill_effect_sensor_id_fkey FOREIGN KEY (sensor_id) REFERENCES public.sensor(id) ON DELETE CASCADE;


--
-- Name: backfill_effect backfill_effect_window_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_effect
    ADD CONSTRAINT backfill_effect_window_id_fkey FOREIGN KEY (window_id) REFERENCES public.backfill_window(id) ON DELETE CASCADE;


--
-- Name: backfill_made_before backfill_made_before_backfill_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_made_before
    ADD CONSTRAINT backfill_made_before_backfill_id_fkey FOREIGN KEY (backfill_id) REFERENCES public.backfill(id) ON DELETE CASCADE;


--
-- Name: backfill backfill_profile_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill
    ADD CONSTRAINT backfill_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES public.conversion_profile(id) ON DELETE CASCADE;


--
-- Name: backfill backfill_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill
    ADD CONSTRAINT backfill_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: backfill_saved backfill_saved_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_saved
    ADD CONSTRAINT backfill_saved_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: backfill_saved backfill_saved_window_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_saved
    ADD CONSTRAINT backfill_saved_window_id_fkey FOREIGN KEY (window_id) REFERENCES public.backfill_window(id) ON DELETE CASCADE;


--
-- Name: backfill_scope backfill_scope_backfill_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_scope
    ADD CONSTRAINT backfill_scope_backfill_id_fkey FOREIGN KEY (backfill_id) REFERENCES public.backfill(id) ON DELETE CASCADE;


--
-- Name: backfill_scope backfill_scope_sensor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_scope
    ADD CONSTRAINT backfill_scope_sensor_id_fkey FOREIGN KEY (sensor_id) REFERENCES public.sensor(id) ON DELETE CASCADE;


--
-- Name: backfill_session backfill_session_backfill_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_session
    ADD CONSTRAINT backfill_session_backfill_id_fkey FOREIGN KEY (backfill_id) REFERENCES public.backfill(id) ON DELETE CASCADE;


--
-- Name: backfill_session backfill_session_capture_session_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_session
    ADD CONSTRAINT backfill_session_capture_session_id_fkey FOREIGN KEY (capture_session_id) REFERENCES public.capture_session(id) ON DELETE CASCADE;


--
-- Name: backfill_timeline backfill_timeline_backfill_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_timeline
    ADD CONSTRAINT backfill_timeline_backfill_id_fkey FOREIGN KEY (backfill_id) REFERENCES public.backfill(id) ON DELETE CASCADE;


--
-- Name: backfill_window backfill_window_backfill_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.backfill_window
    ADD CONSTRAINT backfill_window_backfill_id_fkey FOREIGN KEY (backfill_id) REFERENCES public.backfill(id) ON DELETE CASCADE;


--
-- Name: browser_session browser_session_login_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.browser_session
    ADD CONSTRAINT browser_session_login_id_fkey FOREIGN KEY (login_id) REFERENCES public.login(id) ON DELETE CASCADE;


--
-- Name: capture_session capture_session_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.capture_session
    ADD CONSTRAINT capture_session_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: capture_session capture_session_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.capture_session
    ADD CONSTRAINT capture_session_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: capture_session capture_session_run_id_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.capture_session
    ADD CONSTRAINT capture_session_run_id_project_id_fkey FOREIGN KEY (run_id, project_id) REFERENCES public.run(id, project_id) ON DELETE CASCADE;


--
-- Name: capture_session_sensor capture_session_sensor_capture_session_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.capture_session_sensor
    ADD CONSTRAINT capture_session_sensor_capture_session_id_fkey FOREIGN KEY (capture_session_id) REFERENCES public.capture_session(id) ON DELETE CASCADE;


--
-- Name: capture_session_sensor capture_session_sensor_sensor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.capture_session_sensor
    ADD CONSTRAINT capture_session_sensor_sensor_id_fkey FOREIGN KEY (sensor_id) REFERENCES public.sensor(id) ON DELETE CASCADE;


--
-- Name: catalog_change catalog_change_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.catalog_change
    ADD CONSTRAINT catalog_change_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: conversion_profile conversion_profile_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversion_profile
    ADD CONSTRAINT conversion_profile_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: conversion_profile conversion_profile_sensor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversion_profile
    ADD CONSTRAINT conversion_profile_sensor_id_fkey FOREIGN KEY (sensor_id) REFERENCES public.sensor(id) ON DELETE CASCADE;


--
-- Name: event event_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event
    ADD CONSTRAINT event_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: event_pruned event_pruned_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event_pruned
    ADD CONSTRAINT event_pruned_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: excursion_due excursion_due_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.excursion_due
    ADD CONSTRAINT excursion_due_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: excursion_due excursion_due_sensor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.excursion_due
    ADD CONSTRAINT excursion_due_sensor_id_fkey FOREIGN KEY (sensor_id) REFERENCES public.sensor(id) ON DELETE CASCADE;


--
-- Name: excursion excursion_limit_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.excursion
    ADD CONSTRAINT excursion_limit_id_fkey FOREIGN KEY (limit_id) REFERENCES public.sensor_limit(id) ON DELETE CASCADE;


--
-- Name: excursion excursion_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.excursion
    ADD CONSTRAINT excursion_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: excursion excursion_sensor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.excursion
    ADD CONSTRAINT excursion_sensor_id_fkey FOREIGN KEY (sensor_id) REFERENCES public.sensor(id) ON DELETE CASCADE;


--
-- Name: experiment experiment_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiment
    ADD CONSTRAINT experiment_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: experiment experiment_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.experiment
    ADD CONSTRAINT experiment_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: export export_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.export
    ADD CONSTRAINT export_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: export export_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.export
    ADD CONSTRAINT export_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: factor factor_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.factor
    ADD CONSTRAINT factor_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id) ON DELETE CASCADE;


--
-- Name: factor_attempt factor_attempt_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.factor_attempt
    ADD CONSTRAINT factor_attempt_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id) ON DELETE CASCADE;


--
-- Name: idempotency_key idempotency_key_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT idempotency_key_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id) ON DELETE CASCADE;


--
-- Name: import import_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import
    ADD CONSTRAINT import_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: import import_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import
    ADD CONSTRAINT import_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: import_stored import_stored_import_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import_stored
    ADD CONSTRAINT import_stored_import_id_fkey FOREIGN KEY (import_id) REFERENCES public.import(id) ON DELETE CASCADE;


--
-- Name: ingest_receipt ingest_receipt_token_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ingest_receipt
    ADD CONSTRAINT ingest_receipt_token_id_fkey FOREIGN KEY (token_id) REFERENCES public.ingest_token(id) ON DELETE CASCADE;


--
-- Name: ingest_token ingest_token_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ingest_token
    ADD CONSTRAINT ingest_token_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: ingest_token ingest_token_lineage_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ingest_token
    ADD CONSTRAINT ingest_token_lineage_fkey FOREIGN KEY (lineage) REFERENCES public.ingest_token(id) ON DELETE SET NULL;


--
-- Name: ingest_token ingest_token_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ingest_token
    ADD CONSTRAINT ingest_token_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: invitation invitation_accepted_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT invitation_accepted_by_fkey FOREIGN KEY (accepted_by) REFERENCES public.account(id);


--
-- Name: invitation invitation_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT invitation_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: invitation invitation_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT invitation_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: limit_progress limit_progress_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.limit_progress
    ADD CONSTRAINT limit_progress_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: limit_standing limit_standing_limit_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.limit_standing
    ADD CONSTRAINT limit_standing_limit_id_fkey FOREIGN KEY (limit_id) REFERENCES public.sensor_limit(id) ON DELETE CASCADE;


--
-- Name: limit_standing limit_standing_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.limit_standing
    ADD CONSTRAINT limit_standing_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: limit_standing limit_standing_sensor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.limit_standing
    ADD CONSTRAINT limit_standing_sensor_id_fkey FOREIGN KEY (sensor_id) REFERENCES public.sensor(id) ON DELETE CASCADE;


--
-- Name: login login_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.login
    ADD CONSTRAINT login_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id) ON DELETE CASCADE;


--
-- Name: login_code login_code_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.login_code
    ADD CONSTRAINT login_code_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id) ON DELETE CASCADE;


--
-- Name: measure measure_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure
    ADD CONSTRAINT measure_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: measure measure_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure
    ADD CONSTRAINT measure_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: measure_reach measure_reach_value_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure_reach
    ADD CONSTRAINT measure_reach_value_id_fkey FOREIGN KEY (value_id) REFERENCES public.measure_value(id) ON DELETE CASCADE;


--
-- Name: measure measure_sensor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure
    ADD CONSTRAINT measure_sensor_id_fkey FOREIGN KEY (sensor_id) REFERENCES public.sensor(id) ON DELETE CASCADE;


--
-- Name: measure_value measure_value_capture_session_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure_value
    ADD CONSTRAINT measure_value_capture_session_id_fkey FOREIGN KEY (capture_session_id) REFERENCES public.capture_session(id) ON DELETE CASCADE;


--
-- Name: measure_value measure_value_measure_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure_value
    ADD CONSTRAINT measure_value_measure_id_fkey FOREIGN KEY (measure_id) REFERENCES public.measure(id) ON DELETE CASCADE;


--
-- Name: measure_value measure_value_run_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure_value
    ADD CONSTRAINT measure_value_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(id) ON DELETE CASCADE;


--
-- Name: measure measure_when_sensor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.measure
    ADD CONSTRAINT measure_when_sensor_id_fkey FOREIGN KEY (when_sensor_id) REFERENCES public.sensor(id) ON DELETE CASCADE;


--
-- Name: member member_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.member
    ADD CONSTRAINT member_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);


--
-- Name: member member_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.member
    ADD CONSTRAINT member_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: metric_point metric_point_metric_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.metric_point
    ADD CONSTRAINT metric_point_metric_id_fkey FOREIGN KEY (metric_id) REFERENCES public.run_metric(id) ON DELETE CASCADE;


--
-- Name: password_reset password_reset_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.password_reset
    ADD CONSTRAINT password_reset_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id) ON DELETE CASCADE;


--
-- Name: password_reset password_reset_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.password_reset
    ADD CONSTRAINT password_reset_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: producer_gap producer_gap_producer_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.producer_gap
    ADD CONSTRAINT producer_gap_producer_id_fkey FOREIGN KEY (producer_id) REFERENCES public.producer(id) ON DELETE CASCADE;


--
-- Name: producer_liveness producer_liveness_producer_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.producer_liveness
    ADD CONSTRAINT producer_liveness_producer_id_fkey FOREIGN KEY (producer_id) REFERENCES public.producer(id) ON DELETE CASCADE;


--
-- Name: producer producer_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.producer
    ADD CONSTRAINT producer_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: profile_validity profile_validity_profile_id_sensor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.profile_validity
    ADD CONSTRAINT profile_validity_profile_id_sensor_id_fkey FOREIGN KEY (profile_id, sensor_id) REFERENCES public.conversion_profile(id, sensor_id) ON DELETE CASCADE;


--
-- Name: project_turn project_turn_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.project_turn
    ADD CONSTRAINT project_turn_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: recalibration_due recalibration_due_sensor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.recalibration_due
    ADD CONSTRAINT recalibration_due_sensor_id_fkey FOREIGN KEY (sensor_id) REFERENCES public.sensor(id) ON DELETE CASCADE;


--
-- Name: recovery_code recovery_code_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT recovery_code_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id) ON DELETE CASCADE;


--
-- Name: refresh_token refresh_token_login_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.refresh_token
    ADD CONSTRAINT refresh_token_login_id_fkey FOREIGN KEY (login_id) REFERENCES public.login(id) ON DELETE CASCADE;


--
-- Name: reject_block reject_block_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reject_block
    ADD CONSTRAINT reject_block_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: rejected_reading rejected_reading_producer_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.rejected_reading
    ADD CONSTRAINT rejected_reading_producer_id_fkey FOREIGN KEY (producer_id) REFERENCES public.producer(id) ON DELETE SET NULL;


--
-- Name: rejected_reading rejected_reading_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.rejected_reading
    ADD CONSTRAINT rejected_reading_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: run run_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: run run_experiment_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_experiment_id_fkey FOREIGN KEY (experiment_id, project_id) REFERENCES public.experiment(id, project_id);


--
-- Name: run_metric run_metric_run_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.run_metric
    ADD CONSTRAINT run_metric_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(id) ON DELETE CASCADE;


--
-- Name: run run_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: run_sensor run_sensor_bound_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.run_sensor
    ADD CONSTRAINT run_sensor_bound_by_fkey FOREIGN KEY (bound_by) REFERENCES public.account(id);


--
-- Name: run_sensor run_sensor_run_id_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.run_sensor
    ADD CONSTRAINT run_sensor_run_id_project_id_fkey FOREIGN KEY (run_id, project_id) REFERENCES public.run(id, project_id) ON DELETE CASCADE;


--
-- Name: run_sensor run_sensor_sensor_id_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.run_sensor
    ADD CONSTRAINT run_sensor_sensor_id_project_id_fkey FOREIGN KEY (sensor_id, project_id) REFERENCES public.sensor(id, project_id) ON DELETE CASCADE;


--
-- Name: saved_comparison saved_comparison_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.saved_comparison
    ADD CONSTRAINT saved_comparison_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: saved_comparison saved_comparison_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.saved_comparison
    ADD CONSTRAINT saved_comparison_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: saved_view saved_view_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.saved_view
    ADD CONSTRAINT saved_view_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: saved_view saved_view_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.saved_view
    ADD CONSTRAINT saved_view_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: second_step second_step_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.second_step
    ADD CONSTRAINT second_step_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id) ON DELETE CASCADE;


--
-- Name: sensor_limit sensor_limit_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sensor_limit
    ADD CONSTRAINT sensor_limit_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: sensor_limit sensor_limit_sensor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sensor_limit
    ADD CONSTRAINT sensor_limit_sensor_id_fkey FOREIGN KEY (sensor_id) REFERENCES public.sensor(id) ON DELETE CASCADE;


--
-- Name: sensor_liveness sensor_liveness_sensor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sensor_liveness
    ADD CONSTRAINT sensor_liveness_sensor_id_fkey FOREIGN KEY (sensor_id) REFERENCES public.sensor(id) ON DELETE CASCADE;


--
-- Name: sensor sensor_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sensor
    ADD CONSTRAINT sensor_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: service_account service_account_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.service_account
    ADD CONSTRAINT service_account_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id) ON DELETE CASCADE;


--
-- Name: service_account service_account_issued_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.service_account
    ADD CONSTRAINT service_account_issued_by_fkey FOREIGN KEY (issued_by) REFERENCES public.account(id);


--
-- Name: service_account service_account_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.service_account
    ADD CONSTRAINT service_account_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: sql_role_project sql_role_project_name_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sql_role_project
    ADD CONSTRAINT sql_role_project_name_fkey FOREIGN KEY (name) REFERENCES public.sql_role(name) ON DELETE CASCADE;


--
-- Name: sql_role_project sql_role_project_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sql_role_project
    ADD CONSTRAINT sql_role_project_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: webhook webhook_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook
    ADD CONSTRAINT webhook_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);


--
-- Name: webhook_delivery webhook_delivery_webhook_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_delivery
    ADD CONSTRAINT webhook_delivery_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES public.webhook(id) ON DELETE CASCADE;


--
-- Name: webhook webhook_project_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook
    ADD CONSTRAINT webhook_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id) ON DELETE CASCADE;


--
-- Name: webhook_standing webhook_standing_webhook_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_standing
    ADD CONSTRAINT webhook_standing_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES public.webhook(id) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--


