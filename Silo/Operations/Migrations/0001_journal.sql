-- The journal, its tamper evidence, and what is written in the same transaction. {gateway} is the web process's role.

create table q2c.installation (
    single  boolean primary key default true check (single),
    region  text    not null,
    shards  integer not null check (shards between 1 and 64)
);

create table q2c.shard_head (
    shard integer primary key,
    seq   bigint  not null default 0,
    hash  bytea   not null check (octet_length(hash) = 32)
) with (fillfactor = 10);

create table q2c.journal (
    shard          integer     not null,
    seq            bigint      not null,
    grain          text        not null,
    version        bigint      not null check (version > 0),
    key            text        not null,
    fingerprint    bytea       not null,
    outcome        smallint    not null,
    body           bytea       not null,
    schema_version smallint    not null,
    correlation    text        not null,
    causation      text,
    actor          text        not null,
    business_time  timestamptz,
    record_time    timestamptz not null,
    digest         bytea       not null,
    primary key (shard, seq),
    unique (grain, version),
    unique (grain, key)
);
comment on column q2c.journal.seq is 'Dense per shard, assigned under the lock of shard_head: order of seq is order of commit.';
comment on column q2c.journal.digest is 'SHA-256 over all other columns but shard and seq; the chain is built over digests.';

-- One row per committed batch: hash = sha256(previous hash, digests of the rows after the previous seq up to this one).
create table q2c.chain (
    shard integer not null,
    seq   bigint  not null,
    hash  bytea   not null,
    primary key (shard, seq)
);

create table q2c.chain_signature (
    shard     integer     not null,
    seq       bigint      not null,
    hash      bytea       not null,
    signed_at timestamptz not null,
    key_id    text        not null,
    signature bytea       not null,
    primary key (shard, seq, key_id)
);

create table q2c.snapshot (
    grain           text        primary key,
    version         bigint      not null,
    decider_version integer     not null,
    state           bytea       not null,
    taken_at        timestamptz not null default now()
);

create table q2c.xref (
    system text not null,
    type   text not null,
    id     text not null,
    grain  text not null,
    primary key (system, type, id)
);
create index xref_grain on q2c.xref (grain);

create table q2c.api_key (
    principal   text  not null,
    key         text  not null,
    fingerprint bytea not null,
    grain       text  not null,
    primary key (principal, key)
);

create table q2c.due (
    grain       text        not null,
    key         text        not null,
    at          timestamptz not null,
    command     bytea       not null,
    correlation text        not null,
    causation   text        not null,
    attempts    integer     not null default 0,
    next_at     timestamptz not null,
    error       text,
    primary key (grain, key)
);
create index due_next on q2c.due (next_at);

create table q2c.lease (
    name       text        primary key,
    owner      text        not null,
    epoch      bigint      not null,
    expires_at timestamptz not null,
    -- Makes epoch a key: a takeover waits for the holder's transaction (for key share), a renewal does not.
    unique (name, epoch)
) with (fillfactor = 50);

create table q2c.cursor (
    name  text    not null,
    shard integer not null,
    seq   bigint  not null default 0,
    epoch bigint  not null default 0,
    primary key (name, shard)
) with (fillfactor = 50);

-- Appends the runs whose predecessor is there and whose keys are new; the others are left out whole. Row arrays are in
-- order of run, then version. firsts: the seq of each run's first row, null for a run left out; taken: the runs left
-- out because another grain holds one of their principal's keys.
create function q2c.append_runs(
    p_shard integer, p_schema smallint,
    run_grain text[], run_expected bigint[], run_rows integer[],
    row_run integer[], row_grain text[], row_version bigint[], row_key text[], row_fingerprint bytea[],
    row_outcome smallint[], row_body bytea[], row_correlation text[], row_causation text[], row_actor text[],
    row_business timestamptz[], row_record timestamptz[], row_digest bytea[],
    key_run integer[], key_principal text[], key_key text[], key_fingerprint bytea[], key_grain text[],
    xref_run integer[], xref_system text[], xref_type text[], xref_id text[], xref_grain text[],
    due_run integer[], due_grain text[], due_key text[], due_at timestamptz[], due_command bytea[],
    due_correlation text[], due_causation text[],
    out firsts bigint[], out taken integer[])
language plpgsql
-- The tables are large and the batches small, whatever the statistics of a young database say.
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
    head    q2c.shard_head;
    refused integer[];
    kept    bigint;
    next_hash bytea;
begin
    -- In a statement of its own: what follows takes its snapshot after the lock.
    select * into strict head from q2c.shard_head h where h.shard = p_shard for update;

    select coalesce(array_agg(bad.run), '{}') into refused from (
        select r.run::integer
        from unnest(run_grain, run_expected) with ordinality as r(grain, expected, run)
        where r.expected <> coalesce(
            (select j.version from q2c.journal j where j.grain = r.grain order by j.version desc limit 1), 0)
        union
        select w.run
        from unnest(row_run, row_grain, row_key) as w(run, grain, key)
        where exists (select from q2c.journal j where j.grain = w.grain and j.key = w.key)
    ) bad;

    taken := '{}';
    if cardinality(key_run) > 0 then
        -- Sorted, so that writers of two shards never wait for each other in a circle.
        with wanted as (
            select * from unnest(key_run, key_principal, key_key, key_fingerprint, key_grain)
                as k(run, principal, key, fingerprint, grain)
            where k.run <> all (refused)
        ), inserted as (
            insert into q2c.api_key (principal, key, fingerprint, grain)
            select w.principal, w.key, w.fingerprint, w.grain from wanted w order by w.principal, w.key
            on conflict do nothing
            returning principal, key, grain
        )
        select coalesce(array_agg(distinct w.run), '{}') into taken
        from wanted w left join inserted i on (i.principal, i.key, i.grain) = (w.principal, w.key, w.grain)
        where i.key is null;

        if cardinality(taken) > 0 then
            delete from q2c.api_key a
            using unnest(key_run, key_principal, key_key, key_grain) as k(run, principal, key, grain)
            where k.run = any (taken) and (a.principal, a.key, a.grain) = (k.principal, k.key, k.grain);
            refused := refused || taken;
        end if;
    end if;

    select array_agg(case when r.run <> all (refused) then head.seq + r.upto - r.rows + 1 end order by r.run),
           coalesce(max(r.upto), 0)
    into firsts, kept
    from (
        select n.run, n.rows,
               sum(case when n.run <> all (refused) then n.rows else 0 end) over (order by n.run) as upto
        from unnest(run_rows) with ordinality as n(rows, run)
    ) r;

    if kept = 0 then
        return;
    end if;

    insert into q2c.journal (
        shard, seq, grain, version, key, fingerprint, outcome, body, schema_version, correlation, causation, actor,
        business_time, record_time, digest)
    select p_shard, firsts[w.run] + w.version - run_expected[w.run] - 1, w.grain, w.version, w.key, w.fingerprint,
           w.outcome, w.body, p_schema, w.correlation, w.causation, w.actor, w.business, w.record, w.digest
    from unnest(
        row_run, row_grain, row_version, row_key, row_fingerprint, row_outcome, row_body, row_correlation,
        row_causation, row_actor, row_business, row_record, row_digest)
        as w(run, grain, version, key, fingerprint, outcome, body, correlation, causation, actor, business, record, digest)
    where firsts[w.run] is not null;

    select sha256(head.hash || string_agg(d.digest, ''::bytea order by d.position)) into next_hash
    from unnest(row_run, row_digest) with ordinality as d(run, digest, position)
    where firsts[d.run] is not null;

    update q2c.shard_head h set seq = head.seq + kept, hash = next_hash where h.shard = p_shard;
    insert into q2c.chain (shard, seq, hash) values (p_shard, head.seq + kept, next_hash);

    if cardinality(xref_run) > 0 then
        insert into q2c.xref as x (system, type, id, grain)
        select distinct on (r.system, r.type, r.id) r.system, r.type, r.id, r.grain
        from unnest(xref_run, xref_system, xref_type, xref_id, xref_grain) with ordinality
            as r(run, system, type, id, grain, position)
        where firsts[r.run] is not null
        order by r.system, r.type, r.id, r.position desc
        on conflict (system, type, id) do update set grain = excluded.grain where x.grain <> excluded.grain;
    end if;

    if cardinality(due_run) > 0 then
        insert into q2c.due (grain, key, at, command, correlation, causation, next_at)
        select distinct on (d.grain, d.key) d.grain, d.key, d.at, d.command, d.correlation, d.causation, d.at
        from unnest(due_run, due_grain, due_key, due_at, due_command, due_correlation, due_causation) with ordinality
            as d(run, grain, key, at, command, correlation, causation, position)
        where firsts[d.run] is not null
        order by d.grain, d.key, d.position desc
        on conflict (grain, key) do update
        set at = excluded.at, next_at = excluded.at, command = excluded.command, correlation = excluded.correlation,
            causation = excluded.causation;
    end if;
end
$$;

grant usage on schema q2c to {gateway};
grant select on q2c.cursor to {gateway};
