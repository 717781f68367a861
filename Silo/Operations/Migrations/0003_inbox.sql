-- What vendors delivered, raw and deduplicated, before anybody understood it.

create table q2c.inbox (
    id           bigint      generated always as identity primary key,
    connection   text        not null,
    feed         text        not null default 'webhook',
    dedupe_key   text        not null,
    received_at  timestamptz not null,
    headers      jsonb       not null default '{}',
    content_type text        not null,
    body         bytea       not null,
    status       text        not null default 'received'
        check (status in ('received', 'done', 'parked', 'superseded')),
    attempts     integer     not null default 0,
    -- Times that it was mapped anew under fresh keys; its commands are those of the last time.
    retries      integer     not null default 0,
    next_at      timestamptz not null default now(),
    error        jsonb,
    parent_id    bigint      references q2c.inbox (id),
    result       jsonb,
    unique (connection, dedupe_key)
);
create index inbox_open on q2c.inbox (connection, next_at) where status = 'received';
create index inbox_parked on q2c.inbox (connection, id) where status = 'parked';

create table q2c.poll_watermark (
    connection text   not null,
    feed       text   not null,
    watermark  text   not null,
    epoch      bigint not null,
    primary key (connection, feed)
);

create table q2c.webhook_counter (
    connection text   not null,
    reason     text   not null,
    count      bigint not null default 0,
    primary key (connection, reason)
);

-- The gateway may add to the inbox and count what it turned away, and nothing else.
create function q2c.count_webhook(p_connection text, p_reason text) returns void
language sql security definer set search_path = pg_catalog
as $$
    insert into q2c.webhook_counter as w (connection, reason, count) values (p_connection, p_reason, 1)
    on conflict (connection, reason) do update set count = w.count + 1;
$$;
revoke all on function q2c.count_webhook(text, text) from public;
grant execute on function q2c.count_webhook(text, text) to {gateway};
grant insert on q2c.inbox to {gateway};
