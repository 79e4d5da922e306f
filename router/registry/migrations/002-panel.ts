/** What the panel added: a key's own share and lane, the facts that "what if" replays, recorded bodies, downloads that outlive a restart. */
export const panel = `
alter table key add column remote_share real;
alter table key add column lane_lock text;

alter table request add column facts text;

create table recording (
  request_id text primary key, at integer not null, headers text not null, body blob not null,
  reply blob, reply_complete integer not null default 0, bytes integer not null
) strict;
create index recording_at on recording (at);

create table download (
  id text primary key, created_at integer not null, state text not null, detail text, entry text not null
) strict;
`
