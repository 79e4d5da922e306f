/** What the panel added: a key's own share and lane, the facts that "what if" replays, recorded bodies, downloads that outlive a restart. */
export const panel = `
alter table key add column remote_share real;
alter table key add column lane_lock text;

alter table request add column facts text;
alter table attempt add column phases text;
-- Everything that filters and counts, in the order of the list: whatever is asked, only rows that are shown are read.
-- The conversation too: an index of its own is in no order that rows come in, and cost a third of writing a row.
create index request_list on request (id, at, tool, deployment, model, lane, reason, status, attempts, error_kind, error_code, key_id, cost_usd, session);
-- What the Overview sums over a day, without a look at a row.
drop index request_at;
create index request_at on request (at, lane, model, usage_source, uncached_input, cache_read, cache_write, output_text, output_reasoning, cost_usd);
create index request_errors on request (at, error_kind, attempts, error_code) where error_kind is not null;

create table recording (
  request_id text primary key, at integer not null, headers text not null, body blob not null,
  reply blob, reply_complete integer not null default 0, bytes integer not null,
  body_cut integer not null default 0, reply_cut integer not null default 0
) strict;
create index recording_at on recording (at);

create table download (
  id text primary key, created_at integer not null, state text not null, detail text, entry text not null
) strict;
`
