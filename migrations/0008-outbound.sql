-- What goes out: messages to webhooks, callbacks and people, with every attempt. None of it is an event: what is to be
-- told is in the log, and whether it arrived is nobody's business decision.
CREATE SCHEMA notifications;

-- One message for one receiver. `id` is derived from the event and the receiver: however often it is queued or sent, the
-- receiver sees the same id.
CREATE TABLE notifications.deliveries (
  id           uuid        PRIMARY KEY,
  seq          bigint      GENERATED ALWAYS AS IDENTITY,
  workspace_id text        COLLATE "C" NOT NULL,
  channel      text        COLLATE "C" NOT NULL,
  target       text        COLLATE "C" NOT NULL,   -- webhook, draft or person
  event_id     uuid        NOT NULL,
  event_type   text        COLLATE "C" NOT NULL,
  payload      json        NOT NULL,
  state        text        COLLATE "C" NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
  -- Attempts ever begun: also marks who may still write the outcome of one.
  attempts     int         NOT NULL DEFAULT 0,
  -- Attempts since it was queued or somebody asked for a retry: these count towards giving up.
  tries        int         NOT NULL DEFAULT 0,
  -- While an attempt is under way: when it counts as lost with its process.
  due_at       timestamptz NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  finished_at  timestamptz,
  last_status  int,
  last_error   text
);
CREATE INDEX deliveries_waiting ON notifications.deliveries (target, due_at, seq) WHERE state = 'waiting';
CREATE INDEX deliveries_due ON notifications.deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_of_target ON notifications.deliveries (target, seq DESC);
CREATE INDEX deliveries_finished ON notifications.deliveries (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE notifications.attempts (
  delivery_id uuid        NOT NULL REFERENCES notifications.deliveries ON DELETE CASCADE,
  attempt     int         NOT NULL,
  began_at    timestamptz NOT NULL,
  ms          int         NOT NULL,
  outcome     text        COLLATE "C" NOT NULL,
  status      int,
  error       text,
  PRIMARY KEY (delivery_id, attempt)
);

-- Events asked for again, worked off page by page.
CREATE TABLE notifications.replays (
  id           uuid        PRIMARY KEY,
  workspace_id text        COLLATE "C" NOT NULL,
  webhook_id   text        COLLATE "C" NOT NULL,
  types        text[]      NOT NULL,
  position     text        COLLATE "C" NOT NULL,
  until        text        COLLATE "C" NOT NULL,
  queued       int         NOT NULL DEFAULT 0,
  created_at   timestamptz NOT NULL DEFAULT now(),
  done_at      timestamptz
);
CREATE INDEX replays_open ON notifications.replays (created_at) WHERE done_at IS NULL;

-- Addresses and secrets that nobody reads back, sealed under the key of whom they belong to; events name them by id.
CREATE TABLE notifications.sealed (
  id         uuid        PRIMARY KEY,
  key_id     uuid        NOT NULL,
  iv         text        NOT NULL,
  ct         text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- What a digest that has not been sent yet will tell.
CREATE TABLE notifications.digest_items (
  id          uuid        PRIMARY KEY,
  seq         bigint      GENERATED ALWAYS AS IDENTITY,
  delivery_id uuid        NOT NULL REFERENCES notifications.deliveries ON DELETE CASCADE,
  payload     json        NOT NULL
);
CREATE INDEX digest_items_of_delivery ON notifications.digest_items (delivery_id, seq);
