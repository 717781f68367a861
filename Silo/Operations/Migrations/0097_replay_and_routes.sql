-- What was processed is processed again under fresh keys. done; repeated; reused; or not_done, when it is not settled.
create function q2c.replay_delivery(
    p_delivery bigint, p_actor text, p_key text, p_fingerprint bytea, p_reason text, p_at timestamptz, out outcome text)
language plpgsql security definer set search_path = pg_catalog
as $$
declare
    settled q2c.inbox;
begin
    outcome := q2c.claim_key(p_actor, p_key, p_fingerprint, 'delivery/' || p_delivery);
    if outcome <> 'new' then
        return;
    end if;

    update q2c.inbox i set status = 'received', next_at = p_at, retries = i.retries + 1
    where i.id = p_delivery and i.status = 'done' returning * into settled;
    if not found then
        delete from q2c.api_key k where (k.principal, k.key) = (p_actor, p_key);
        outcome := 'not_done';
        return;
    end if;
    insert into q2c.act (ref, subject, action, actor, key, reason, before, after, at)
    values ('delivery/' || p_delivery || '@replayed-' || settled.retries, 'delivery/' || p_delivery, 'delivery.replay', p_actor, p_key,
            p_reason, '{"status": "done"}', '{"status": "received"}', p_at);
    outcome := 'done';
end
$$;
revoke all on function q2c.replay_delivery(bigint, text, text, bytea, text, timestamptz) from public;

-- What a grain asks of a connection, a target takes instead.
create table q2c.effect_route (
    grain      text not null,
    connection text not null,
    target     text not null check (target <> connection),
    primary key (grain, connection)
);

-- done; repeated; reused; or in_flight, when the outcome of a request is not known.
create function q2c.reroute_effects(
    p_grain text, p_connection text, p_target text, p_actor text, p_key text, p_fingerprint bytea, p_reason text, p_at timestamptz,
    out outcome text)
language plpgsql security definer set search_path = pg_catalog
as $$
begin
    outcome := q2c.claim_key(p_actor, p_key, p_fingerprint, p_grain);
    if outcome <> 'new' then
        return;
    end if;

    perform from q2c.effect e where e.grain = p_grain and e.connection = p_connection and e.settled_at is null order by e.ordinal for update;
    if exists (
        select from q2c.effect e
        where e.grain = p_grain and e.connection = p_connection and e.settled_at is null and e.status in ('sending', 'waiting')) then
        delete from q2c.api_key k where (k.principal, k.key) = (p_actor, p_key);
        outcome := 'in_flight';
        return;
    end if;

    -- What came here from elsewhere goes on with it, and what would go back to where it began has no route.
    delete from q2c.effect_route r where r.grain = p_grain and r.target = p_connection and r.connection = p_target;
    update q2c.effect_route r set target = p_target where r.grain = p_grain and r.target = p_connection;
    insert into q2c.effect_route as r (grain, connection, target) values (p_grain, p_connection, p_target)
    on conflict (grain, connection) do update set target = excluded.target;
    update q2c.effect e set connection = p_target, attempt = 0, next_at = p_at, updated_at = p_at
    where e.grain = p_grain and e.connection = p_connection and e.settled_at is null and e.status = 'pending';
    insert into q2c.act (ref, subject, action, actor, key, reason, before, after, at)
    values (p_grain || '@route/' || p_key, p_grain, 'effects.reroute', p_actor, p_key, p_reason,
            jsonb_build_object('connection', p_connection), jsonb_build_object('connection', p_target), p_at);
    outcome := 'done';
end
$$;
revoke all on function q2c.reroute_effects(text, text, text, text, text, bytea, text, timestamptz) from public;
