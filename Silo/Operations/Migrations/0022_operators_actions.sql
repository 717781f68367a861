-- What operators did about connections. The gateway may do it through this function only.

create table q2c.connection_action (
    id         bigint      generated always as identity primary key,
    connection text        not null,
    action     text        not null check (action in ('hold', 'release')),
    actor      text        not null,
    key        text        not null,
    reason     text        not null,
    at         timestamptz not null,
    unique (actor, key)
);
create index on q2c.connection_action (at desc, id desc);
create index on q2c.delivery_action (at desc, id desc);

-- done; repeated, when the same request came before; reused, when its key belongs to another request. Holding what is
-- held changes the reason, releasing what is not held changes nothing; both are recorded.
create function q2c.act_on_connection(
    p_connection text, p_action text, p_actor text, p_key text, p_fingerprint bytea, p_reason text, p_at timestamptz)
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

    if p_action = 'hold' then
        insert into q2c.connection_hold (connection, reason, held_by, held_at) values (p_connection, p_reason, p_actor, p_at)
        on conflict (connection) do update set reason = excluded.reason, held_by = excluded.held_by, held_at = excluded.held_at;
    else
        delete from q2c.connection_hold h where h.connection = p_connection;
    end if;
    insert into q2c.connection_action (connection, action, actor, key, reason, at)
    values (p_connection, p_action, p_actor, p_key, p_reason, p_at);
    return 'done';
end
$$;

revoke all on function q2c.act_on_connection(text, text, text, text, bytea, text, timestamptz) from public;
grant execute on function q2c.act_on_connection(text, text, text, text, bytea, text, timestamptz) to {gateway};

-- The audit: what was sent to objects, and what operators did at the door.
create view q2c_read.audit as
select a.id, a.grain as subject, a.kind, a.contract_id, a.key, a.at, a.actor, a.outcome, a.events, a.problems, a.reason,
       a.correlation, a.causation
from q2c_read.activity a
union all
select 'delivery/' || d.delivery_id || '@' || d.id, 'delivery/' || d.delivery_id, 'delivery', null, d.key, d.at, d.actor, 'changed',
       array['delivery.' || d.action], '[]'::jsonb, d.reason, 'api/' || d.key, null
from q2c.delivery_action d
union all
select 'connection/' || c.connection || '@' || c.id, 'connection/' || c.connection, 'connection', null, c.key, c.at, c.actor,
       'changed', array['connection.' || c.action], '[]'::jsonb, c.reason, 'api/' || c.key, null
from q2c.connection_action c;

-- Health: whether work waits, for how long, and what the last attempts said.
create view q2c_read.connection_health as
select c.name, c.open_effects, c.parked_effects, c.open_deliveries, c.parked_deliveries, c.forged_deliveries, c.last_accepted_at,
       c.last_delivered_at, h.reason as held_reason, h.held_by, h.held_at, waits.since as waiting_since,
       coalesce(waits.failing, 0)::int as failing_effects, coalesce(waits.attempts, 0)::int as failures_in_a_row,
       refusals.message as last_problem, refusals.at as last_problem_at
from (
    select name, open_effects, parked_effects, open_deliveries, parked_deliveries, forged_deliveries, last_accepted_at,
           last_delivered_at
    from q2c_read.connection
    union all
    select h.connection, 0, 0, 0, 0, 0, null, null from q2c.connection_hold h
    where not exists (select from q2c_read.connection k where k.name = h.connection)
) c
left join q2c.connection_hold h on h.connection = c.name
left join lateral (
    select min(e.created_at) as since, count(*) filter (where e.attempt > 1 or e.status = 'waiting') as failing,
           max(e.attempt) as attempts
    from q2c.effect e
    where e.connection = c.name and e.settled_at is null and e.status in ('pending', 'sending', 'waiting')) waits on true
left join lateral (
    select convert_from(e.outcome, 'utf8')::jsonb ->> 'message' as message, e.updated_at as at
    from q2c.effect e
    where e.connection = c.name and e.outcome is not null and e.status <> 'accepted' and e.settled_at is null
    order by e.updated_at desc limit 1) refusals on true;

grant select on q2c_read.audit, q2c_read.connection_health to {gateway};
