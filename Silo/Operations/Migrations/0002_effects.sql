-- Steps outside, from the moment an event asks for one until its answer is back at the grain.

create table q2c.effect (
    id          text        primary key,
    ordinal     bigint      generated always as identity,
    connection  text        not null,
    subject     text        not null,
    operation   bytea       not null,
    grain       text        not null,
    version     bigint      not null,
    correlation text        not null,
    status      text        not null default 'pending'
        check (status in ('pending', 'sending', 'waiting', 'accepted', 'refused', 'parked', 'held')),
    attempt     integer     not null default 0,
    generation  integer     not null default 0,
    claim_owner text,
    claim_epoch bigint,
    deadline    timestamptz,
    next_at     timestamptz not null,
    outcome     bytea,
    external_id text,
    reported_at timestamptz,
    created_at  timestamptz not null,
    updated_at  timestamptz not null
);
comment on column q2c.effect.ordinal is 'Effects of one subject are carried out in this order.';
comment on column q2c.effect.operation is 'WireFormat of the Operation; outcome: WireFormat of the EffectOutcome.';
comment on column q2c.effect.reported_at is 'When the grain acknowledged the outcome.';
create index effect_open on q2c.effect (connection, next_at)
    where status in ('pending', 'sending', 'waiting') or reported_at is null;
create index effect_subject on q2c.effect (connection, subject, ordinal);
create index effect_grain on q2c.effect (grain);
