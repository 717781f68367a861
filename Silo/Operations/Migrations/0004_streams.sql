-- How far the deliveries between grains are: a read model, and the ones that have to be fetched by their target.

create table q2c.stream_progress (
    source   text        not null,
    target   text        not null,
    sent     bigint      not null default 0,
    received bigint      not null default 0,
    sent_at  timestamptz,
    primary key (source, target)
);
comment on column q2c.stream_progress.sent is 'Version of the source''s last row for the target; received: the last one that the target recorded.';
create index stream_progress_behind on q2c.stream_progress (sent_at) where sent > received;

create table q2c.stream_lag (
    source   text        not null,
    target   text        not null,
    version  bigint      not null,
    attempts integer     not null default 0,
    next_at  timestamptz not null,
    error    text,
    primary key (source, target)
);
create index stream_lag_next on q2c.stream_lag (next_at);

grant select on q2c.stream_progress, q2c.stream_lag to {gateway};
