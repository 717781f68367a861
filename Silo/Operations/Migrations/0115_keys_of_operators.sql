-- What operators do about connections takes the caller's key as everything else does, and gives it back when nothing was
-- done: the same request again is then a new one, and not a repetition of what never happened.

create or replace function q2c.ask_reconciliation(
    p_connection text, p_since timestamptz, p_actor text, p_key text, p_fingerprint bytea, p_reason text, p_at timestamptz)
returns text
language plpgsql security definer set search_path = pg_catalog
as $$
declare
    claimed text := q2c.claim_key(p_actor, p_key, p_fingerprint, 'connection/' || p_connection);
begin
    if claimed <> 'new' then return claimed; end if;

    insert into q2c.reconciliation (connection, asked_by, reason, asked_at, since)
    values (p_connection, p_actor, p_reason, p_at, p_since)
    on conflict (connection) where finished_at is null do nothing;
    if not found then
        delete from q2c.api_key k where (k.principal, k.key) = (p_actor, p_key);
        return 'running';
    end if;

    insert into q2c.connection_action (connection, action, actor, key, reason, at)
    values (p_connection, 'reconcile', p_actor, p_key, p_reason, p_at);
    return 'done';
end
$$;

-- The difference counts as repaired only if its effect is sent again.
create or replace function q2c.repair_difference(
    p_difference bigint, p_actor text, p_key text, p_fingerprint bytea, p_reason text, p_at timestamptz)
returns text
language plpgsql security definer set search_path = pg_catalog
as $$
declare
    claimed text := q2c.claim_key(p_actor, p_key, p_fingerprint, 'difference/' || p_difference);
    wrong   q2c.reconciliation_difference;
begin
    if claimed <> 'new' then return claimed; end if;

    select * into wrong from q2c.reconciliation_difference d
    where d.id = p_difference and d.kind = 'missing' and d.repair_asked_at is null for update;
    update q2c.effect e
    set status = 'pending', next_at = p_at, attempt = 0, generation = e.generation + 1, settled_at = null, updated_at = p_at
    where e.id = wrong.effect_id and e.status = 'accepted' and e.settled_at is not null;
    if not found then
        delete from q2c.api_key k where (k.principal, k.key) = (p_actor, p_key);
        return 'gone';
    end if;

    update q2c.reconciliation_difference d set repair_asked_by = p_actor, repair_reason = p_reason, repair_asked_at = p_at
    where d.id = p_difference;
    insert into q2c.connection_action (connection, action, actor, key, reason, at)
    select r.connection, 'repair', p_actor, p_key, p_reason, p_at from q2c.reconciliation r where r.id = wrong.reconciliation_id;
    return 'done';
end
$$;
