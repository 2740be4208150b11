-- A message under way is leased, not locked: no transaction waits for whom it goes to.
ALTER TABLE processing.outbox
  -- Raised whenever somebody takes it: only the newest claim writes what became of it.
  ADD COLUMN claim        int NOT NULL DEFAULT 0,
  -- Whoever took it is heard of by then, or another takes it.
  ADD COLUMN leased_until timestamptz,
  SET (fillfactor = 70);
-- Each target is looked through by itself: what waits for one costs the others nothing.
DROP INDEX processing.outbox_open;
CREATE INDEX outbox_open ON processing.outbox (target, seq) WHERE done_at IS NULL AND dead_at IS NULL;
