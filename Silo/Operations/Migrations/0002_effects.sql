-- Steps outside, from the moment an event asks for one until its outcome is known to the grain that asked.

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
        check (status in ('pending', 'sending', 'waiting', 'accepted', 'refused')),
    attempt     integer     not null default 0,
    generation  integer     not null default 1,
    claim_owner text,
    claim_epoch bigint,
    deadline    timestamptz,
    next_at     timestamptz not null,
    outcome     bytea,
    external_id text,
    report      integer     not null default 0,
    report_at   timestamptz,
    settled_at  timestamptz,
    created_at  timestamptz not null,
    updated_at  timestamptz not null
);
comment on table q2c.effect is
    'pending: to be sent at next_at. sending: claimed for one request. waiting: its outcome is not known, look it up at next_at.';
comment on column q2c.effect.ordinal is 'Effects of one subject are carried out in this order.';
comment on column q2c.effect.operation is 'WireFormat of the Operation; outcome: WireFormat of the last EffectOutcome.';
comment on column q2c.effect.attempt is 'Failures in a row; rises with every claim and look-up.';
comment on column q2c.effect.generation is 'Rises when a look-up has proved that the request was not applied.';
comment on column q2c.effect.deadline is 'When the last request can no longer be applied.';
comment on column q2c.effect.report is 'Number of the last outcome for the grain: part of the key of its command.';
comment on column q2c.effect.report_at is 'When to send that outcome to the grain; null when the grain has it.';
comment on column q2c.effect.settled_at is 'When the grain had taken the final outcome; the next effect of the subject may then go.';
create index effect_open on q2c.effect (connection, subject, ordinal) where settled_at is null;
create index effect_report on q2c.effect (connection, report_at) where report_at is not null;
create index effect_grain on q2c.effect (grain);

-- A connection with a row here sends nothing. What was asked of it is kept.
create table q2c.connection_hold (
    connection text        primary key,
    reason     text        not null,
    held_by    text        not null,
    held_at    timestamptz not null
);
