-- Backtests of rulesets: what was asked, how far it is, what came out. All of it can be had again from the log.
CREATE SCHEMA rules;

CREATE TABLE rules.backtests (
  backtest_id   uuid PRIMARY KEY,
  workspace_id  text NOT NULL,
  ruleset_id    text NOT NULL,
  -- Which rules, over which past: as the answer shows it.
  asked         jsonb NOT NULL,
  status        text NOT NULL CHECK (status IN ('running', 'succeeded', 'failed')),
  fraction      double precision NOT NULL DEFAULT 0,
  decisions     bigint NOT NULL DEFAULT 0,
  result        jsonb,
  error         text,
  started_by    text NOT NULL,
  started_at    timestamptz NOT NULL DEFAULT now(),
  -- The process that runs it says so; when it has been silent for a while, it is gone.
  beat_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX backtests_by_age ON rules.backtests (started_at);

-- Reviews that would have ended the other way, numbered in the order of the log.
CREATE TABLE rules.backtest_flips (
  backtest_id   uuid NOT NULL REFERENCES rules.backtests ON DELETE CASCADE,
  n             integer NOT NULL,
  review_id     text NOT NULL,
  workflow_key  text NOT NULL,
  was           text NOT NULL,
  would         text NOT NULL,
  rule          text NOT NULL,
  decided_at    timestamptz NOT NULL,
  PRIMARY KEY (backtest_id, n)
);
