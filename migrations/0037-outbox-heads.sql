-- Of each key only the message that is to be sent next is looked at, however many wait behind it or for their time.
ALTER TABLE processing.outbox
  -- False while an earlier message of its key is open. What an older version puts in is lined up a little later.
  ADD COLUMN is_next boolean NOT NULL DEFAULT false;
UPDATE processing.outbox o SET is_next = true
 WHERE done_at IS NULL AND dead_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM processing.outbox e
                    WHERE e.target = o.target AND e.ordering_key = o.ordering_key AND e.seq < o.seq
                      AND e.done_at IS NULL AND e.dead_at IS NULL);
DROP INDEX processing.outbox_open;
CREATE INDEX outbox_next ON processing.outbox (target, not_before, seq)
  WHERE is_next AND done_at IS NULL AND dead_at IS NULL;
