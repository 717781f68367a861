-- Deliveries of many requests in one statement. taken: the positions, from 1, of those that are new. The gateway may not
-- read the inbox, so what is new is told by this function.
create function q2c.take_deliveries(
    p_connection text[], p_dedupe_key text[], p_received_at timestamptz[], p_headers text[], p_content_type text[],
    p_body bytea[], p_error text[], out taken bigint[])
language sql security definer set search_path = pg_catalog
as $$
    with given as (
        select *
        from unnest(p_connection, p_dedupe_key, p_received_at, p_headers, p_content_type, p_body, p_error) with ordinality
            as g(connection, dedupe_key, received_at, headers, content_type, body, error, position)
    ), added as (
        insert into q2c.inbox (connection, dedupe_key, received_at, headers, content_type, body, status, error)
        select g.connection, g.dedupe_key, g.received_at, g.headers::jsonb, g.content_type, g.body,
               case when g.error is null then 'received' else 'parked' end, g.error::jsonb
        from given g order by g.position
        on conflict do nothing
        returning connection, dedupe_key
    )
    select coalesce(array_agg(first.position), '{}')
    from (
        select min(g.position) as position from given g join added a using (connection, dedupe_key)
        group by connection, dedupe_key) first;
$$;
revoke all on function q2c.take_deliveries(text[], text[], timestamptz[], text[], text[], bytea[], text[]) from public;
grant execute on function q2c.take_deliveries(text[], text[], timestamptz[], text[], text[], bytea[], text[]) to {gateway};
