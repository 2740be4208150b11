-- What was given up is shown oldest first, and counted.
CREATE INDEX outbox_dead ON processing.outbox (seq) WHERE dead_at IS NOT NULL;
