/** First schema: what is configured in the panel, keys, settings, sessions and deficits, the ledger of requests and attempts. */
export const initial = `
create table setting (name text primary key, value text not null, changed_at integer not null) strict;

create table provider (name text primary key, entry text not null, created_at integer not null) strict;
create table model (name text primary key, entry text not null, created_at integer not null) strict;
create table deployment (name text primary key, model text not null, entry text not null, created_at integer not null) strict;
create index deployment_model on deployment (model);

create table key (
  id text primary key, name text not null, prefix text not null, hash text not null unique,
  created_at integer not null, last_used_at integer, revoked_at integer
) strict;

create table session (
  key text primary key, deployment text not null, lane text not null, failed_over integer not null,
  split_version integer not null, used_at integer not null
) strict;
create index session_used on session (used_at);
create table deficit (key text primary key, local integer not null, remote integer not null) strict;

create table request (
  id text primary key, at integer not null, key_id text, tool text not null, dialect text not null, model text,
  deployment text, lane text, reason text, status integer not null, attempts integer not null,
  first_output_ms real, duration_ms real not null,
  uncached_input integer, cache_read integer, cache_write integer, output_text integer, output_reasoning integer, usage_source text,
  cost_usd real, stream integer not null, session text, error_kind text, error_code text, error_message text, plan text
) strict;
create index request_at on request (at);

create table attempt (
  request_id text not null, key_id text, number integer not null, deployment text not null, provider text not null, lane text not null,
  outcome text not null, kind text not null, code text not null, message text, status integer,
  started_ms real not null, first_output_ms real, duration_ms real not null,
  uncached_input integer, cache_read integer, cache_write integer, output_text integer, output_reasoning integer, usage_source text,
  primary key (request_id, number)
) strict, without rowid;
`
