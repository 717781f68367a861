-- Keys of machines. A key itself is nowhere; what was revoked stays, with who did it and why.
create table q2c.machine_key (
    id             bigint      generated always as identity primary key,
    name           text        not null,
    sha256         bytea       not null unique check (octet_length(sha256) = 32),
    roles          text[]      not null,
    scopes         text[]      not null check (cardinality(scopes) > 0),
    legal_entities text[]      not null,
    regions        text[]      not null,
    customer       text,
    expires_at     timestamptz not null,
    made_by        text        not null,
    made_at        timestamptz not null,
    reason         text        not null,
    revoked_by     text,
    revoked_at     timestamptz,
    revoke_reason  text,
    check ((revoked_at is null) = (revoked_by is null) and (revoked_at is null) = (revoke_reason is null))
);

grant select on q2c.machine_key to {gateway};
