-- Everything that is computed from the log: checkpoints, parked events, process state, outbox, timers.
-- Needs PostgreSQL 15 or newer (MERGE).
CREATE SCHEMA processing;
-- The read models. Their tables are made by the runner, one set for each version and build of a group.
CREATE SCHEMA rm;

-- One row for each build of a projection group or process manager. Whoever locks a row, leads it: nothing may write what
-- belongs to a build without holding its row.
CREATE TABLE processing.processors (
  name               text        COLLATE "C" NOT NULL,
  version            int         NOT NULL,
  build              int         NOT NULL,
  kind               text        NOT NULL CHECK (kind IN ('projection', 'process')),
  status             text        NOT NULL CHECK (status IN ('building', 'live', 'retired')),
  -- Everything up to here is applied. Opaque: ordered only by the event store.
  position           text        COLLATE "C" NOT NULL,
  -- Raised by every transaction that writes what belongs to this build: whoever caches rows knows when they are old.
  epoch              bigint      NOT NULL DEFAULT 0,
  -- Events applied, for rates and progress.
  applied            bigint      NOT NULL DEFAULT 0,
  -- Number of rows in parked_events.
  parked             int         NOT NULL DEFAULT 0,
  -- The physical tables of this build, to be dropped with it.
  tables             text[]      NOT NULL DEFAULT '{}',
  -- No commands or outside effects for events at or before this position; NULL while it is not decided yet.
  side_effects_after text        COLLATE "C",
  -- Set = halted: somebody must act. Cleared by `resume` and when a process starts.
  halted_at          timestamptz,
  error              text,
  created_at         timestamptz NOT NULL DEFAULT now(),
  updated_at         timestamptz NOT NULL DEFAULT now(),
  live_at            timestamptz,
  retired_at         timestamptz,
  PRIMARY KEY (name, version, build)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX processors_live ON processing.processors (name, version) WHERE status = 'live';
CREATE UNIQUE INDEX processors_live_process ON processing.processors (name) WHERE status = 'live' AND kind = 'process';
CREATE UNIQUE INDEX processors_building ON processing.processors (name, version) WHERE status = 'building';

-- A partition whose event could not be applied, with everything that came for it since, in order.
CREATE TABLE processing.parked_events (
  name          text        COLLATE "C" NOT NULL,
  version       int         NOT NULL,
  build         int         NOT NULL,
  partition_key text        COLLATE "C" NOT NULL,
  seq           bigint      GENERATED ALWAYS AS IDENTITY,
  position      text        COLLATE "C" NOT NULL,
  event_id      uuid        NOT NULL,
  stream_id     text        COLLATE "C" NOT NULL,
  revision      bigint      NOT NULL,
  -- NULL for an event that only waits behind the one that failed.
  error         text,
  attempts      int         NOT NULL DEFAULT 0,
  parked_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (name, version, build, partition_key, seq),
  UNIQUE (name, version, build, partition_key, event_id),
  FOREIGN KEY (name, version, build) REFERENCES processing.processors ON DELETE CASCADE
);

CREATE TABLE processing.process_states (
  name    text COLLATE "C" NOT NULL,
  version int  NOT NULL,
  build   int  NOT NULL,
  key     text COLLATE "C" NOT NULL,
  state   json NOT NULL,
  PRIMARY KEY (name, version, build, key)
);

-- Deadlines: a projection of the events that set and clear them. Only those of a live build fire.
CREATE TABLE processing.timers (
  name         text        COLLATE "C" NOT NULL,
  version      int         NOT NULL,
  build        int         NOT NULL,
  timer_id     uuid        NOT NULL,              -- = id of the command it fires
  workspace_id text        COLLATE "C" NOT NULL,
  stream_id    text        COLLATE "C" NOT NULL,
  target       text        COLLATE "C" NOT NULL,
  due_at       timestamptz NOT NULL,
  payload      json        NOT NULL,
  attempts     int         NOT NULL DEFAULT 0,
  not_before   timestamptz NOT NULL DEFAULT now(),
  last_error   text,
  done_at      timestamptz,
  PRIMARY KEY (name, version, build, timer_id)
);
CREATE INDEX timers_due ON processing.timers (due_at) WHERE done_at IS NULL;
CREATE INDEX timers_workspace ON processing.timers (workspace_id, due_at) WHERE done_at IS NULL;
CREATE INDEX timers_stream ON processing.timers (stream_id);
CREATE INDEX timers_failing ON processing.timers (not_before) WHERE done_at IS NULL AND attempts > 0;

-- Commands and outside effects that process managers decided on.
CREATE TABLE processing.outbox (
  id           uuid        PRIMARY KEY,           -- = commandId / Idempotency-Key
  seq          bigint      GENERATED ALWAYS AS IDENTITY,
  process      text        COLLATE "C" NOT NULL,
  workspace_id text        COLLATE "C" NOT NULL,
  target       text        COLLATE "C" NOT NULL,
  ordering_key text        COLLATE "C" NOT NULL,
  payload      json        NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  not_before   timestamptz NOT NULL DEFAULT now(),
  attempts     int         NOT NULL DEFAULT 0,
  last_error   text,
  done_at      timestamptz,
  dead_at      timestamptz
);
CREATE INDEX outbox_open ON processing.outbox (seq) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_key ON processing.outbox (target, ordering_key, seq) WHERE done_at IS NULL AND dead_at IS NULL;
