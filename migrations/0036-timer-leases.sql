-- A timer that fires is leased, not locked: no transaction waits for its target, and who clears or sets it waits for nobody.
ALTER TABLE processing.timers
  -- Whoever fires it now; only the newest claim writes what became of it. Nobody's once it is set again.
  ADD COLUMN claim        uuid,
  -- Whoever fires it is heard of by then, or another does.
  ADD COLUMN leased_until timestamptz;
