-- How each connection is: what its last health check said, and what it can do. Written by the holder of its lease.
create table q2c.connection_state (
    connection   text        primary key,
    vendor       text        not null,
    healthy      boolean     not null,
    detail       text        not null,
    checked_at   timestamptz not null,
    capabilities jsonb       not null
);

-- Comparisons of what a system holds with what was sent to it; one at a time for each connection.
create table q2c.reconciliation (
    id          bigint      generated always as identity primary key,
    connection  text        not null,
    asked_by    text        not null,
    reason      text        not null,
    asked_at    timestamptz not null,
    since       timestamptz not null,
    position    bigint      not null default 0,
    checked     integer     not null default 0,
    problem     text,
    finished_at timestamptz
);
comment on column q2c.reconciliation.position is 'Ordinal of the last effect that was compared: an interrupted comparison goes on from there.';
comment on column q2c.reconciliation.problem is 'Why it does not go on for now.';
create unique index reconciliation_open on q2c.reconciliation (connection) where finished_at is null;
create index on q2c.reconciliation (connection, id desc);

create table q2c.reconciliation_difference (
    id                bigint      generated always as identity primary key,
    reconciliation_id bigint      not null references q2c.reconciliation (id),
    kind              text        not null check (kind in ('missing', 'unknown', 'twice')),
    subject           text        not null,
    record            text        not null,
    effect_id         text,
    external_ids      text[]      not null default '{}',
    found_at          timestamptz not null,
    repair_asked_by   text,
    repair_reason     text,
    repair_asked_at   timestamptz
);
comment on column q2c.reconciliation_difference.kind is
    'missing: sent and taken once, and not there as it was sent. unknown: there under an id of ours, and never sent. twice: there more than once.';
create unique index on q2c.reconciliation_difference (reconciliation_id, kind, subject, record);

alter table q2c.connection_action drop constraint connection_action_action_check;
alter table q2c.connection_action add constraint connection_action_action_check
    check (action in ('hold', 'release', 'reconcile', 'repair'));

-- done; running, when a comparison is under way; repeated and reused as for act_on_connection.
create function q2c.ask_reconciliation(
    p_connection text, p_since timestamptz, p_actor text, p_key text, p_fingerprint bytea, p_reason text, p_at timestamptz)
returns text
language plpgsql security definer set search_path = pg_catalog
as $$
declare
    recorded q2c.api_key;
    subject  text := 'connection/' || p_connection;
begin
    insert into q2c.api_key (principal, key, fingerprint, grain) values (p_actor, p_key, p_fingerprint, subject)
    on conflict do nothing;
    if not found then
        select * into recorded from q2c.api_key k where (k.principal, k.key) = (p_actor, p_key);
        return case when (recorded.fingerprint, recorded.grain) = (p_fingerprint, subject) then 'repeated' else 'reused' end;
    end if;

    insert into q2c.reconciliation (connection, asked_by, reason, asked_at, since)
    values (p_connection, p_actor, p_reason, p_at, p_since)
    on conflict (connection) where finished_at is null do nothing;
    if not found then return 'running'; end if;
    insert into q2c.connection_action (connection, action, actor, key, reason, at)
    values (p_connection, 'reconcile', p_actor, p_key, p_reason, p_at);
    return 'done';
end
$$;

-- What is missing is sent again under the next generation; its grain has heard of it and stays as it is.
-- done; gone, when there is nothing to repair any more; repeated and reused as for act_on_connection.
create function q2c.repair_difference(
    p_difference bigint, p_actor text, p_key text, p_fingerprint bytea, p_reason text, p_at timestamptz)
returns text
language plpgsql security definer set search_path = pg_catalog
as $$
declare
    recorded q2c.api_key;
    subject  text := 'difference/' || p_difference;
    wrong    q2c.reconciliation_difference;
begin
    insert into q2c.api_key (principal, key, fingerprint, grain) values (p_actor, p_key, p_fingerprint, subject)
    on conflict do nothing;
    if not found then
        select * into recorded from q2c.api_key k where (k.principal, k.key) = (p_actor, p_key);
        return case when (recorded.fingerprint, recorded.grain) = (p_fingerprint, subject) then 'repeated' else 'reused' end;
    end if;

    update q2c.reconciliation_difference d set repair_asked_by = p_actor, repair_reason = p_reason, repair_asked_at = p_at
    where d.id = p_difference and d.kind = 'missing' and d.repair_asked_at is null
    returning * into wrong;
    if not found then return 'gone'; end if;
    update q2c.effect e
    set status = 'pending', next_at = p_at, attempt = 0, generation = e.generation + 1, settled_at = null, updated_at = p_at
    where e.id = wrong.effect_id and e.status = 'accepted' and e.settled_at is not null;
    if not found then return 'gone'; end if;
    insert into q2c.connection_action (connection, action, actor, key, reason, at)
    select r.connection, 'repair', p_actor, p_key, p_reason, p_at from q2c.reconciliation r where r.id = wrong.reconciliation_id;
    return 'done';
end
$$;

revoke all on function q2c.ask_reconciliation(text, timestamptz, text, text, bytea, text, timestamptz) from public;
revoke all on function q2c.repair_difference(bigint, text, text, bytea, text, timestamptz) from public;
grant execute on function q2c.ask_reconciliation(text, timestamptz, text, text, bytea, text, timestamptz) to {gateway};
grant execute on function q2c.repair_difference(bigint, text, text, bytea, text, timestamptz) to {gateway};

-- With every connection that is configured, and the last comparison of each.
create or replace view q2c_read.connection_health as
select c.name, c.open_effects, c.parked_effects, c.open_deliveries, c.parked_deliveries, c.forged_deliveries, c.last_accepted_at,
       c.last_delivered_at, h.reason as held_reason, h.held_by, h.held_at, waits.since as waiting_since,
       coalesce(waits.failing, 0)::int as failing_effects, coalesce(waits.attempts, 0)::int as failures_in_a_row,
       refusals.message as last_problem, refusals.at as last_problem_at,
       s.vendor, s.healthy, s.detail as health_detail, s.checked_at, s.capabilities, last.reconciliation
from (
    select name, open_effects, parked_effects, open_deliveries, parked_deliveries, forged_deliveries, last_accepted_at,
           last_delivered_at
    from q2c_read.connection
    union all
    select k.connection, 0, 0, 0, 0, 0, null, null
    from (select h.connection from q2c.connection_hold h union select s.connection from q2c.connection_state s) k
    where not exists (select from q2c_read.connection r where r.name = k.connection)
) c
left join q2c.connection_hold h on h.connection = c.name
left join q2c.connection_state s on s.connection = c.name
left join lateral (
    select min(e.created_at) as since, count(*) filter (where e.attempt > 1 or e.status = 'waiting') as failing,
           max(e.attempt) as attempts
    from q2c.effect e
    where e.connection = c.name and e.settled_at is null and e.status in ('pending', 'sending', 'waiting')) waits on true
left join lateral (
    select convert_from(e.outcome, 'utf8')::jsonb ->> 'message' as message, e.updated_at as at
    from q2c.effect e
    where e.connection = c.name and e.outcome is not null and e.status <> 'accepted' and e.settled_at is null
    order by e.updated_at desc limit 1) refusals on true
left join lateral (
    select jsonb_build_object(
               'id', r.id, 'asked_by', r.asked_by, 'reason', r.reason, 'asked_at', r.asked_at, 'since', r.since, 'checked', r.checked,
               'problem', r.problem, 'finished_at', r.finished_at,
               'differences', coalesce((
                   select jsonb_agg(jsonb_build_object(
                       'id', d.id, 'kind', d.kind, 'subject', d.subject, 'record', d.record, 'external_ids', d.external_ids,
                       'found_at', d.found_at, 'repair_asked_by', d.repair_asked_by, 'repair_asked_at', d.repair_asked_at) order by d.id)
                   from (select * from q2c.reconciliation_difference d where d.reconciliation_id = r.id order by d.id limit 100) d), '[]')) as reconciliation
    from q2c.reconciliation r where r.connection = c.name order by r.id desc limit 1) last on true;
