-- Locks the checkpoint of a build for whoever has computed what comes after this epoch of it, or ends the transaction:
-- so the lock, what is written under it and the commit can be sent together.
CREATE FUNCTION processing.hold(p_name text, p_version int, p_build int, p_epoch bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM processing.processors p
    WHERE p.name = p_name AND p.version = p_version AND p.build = p_build AND p.epoch = p_epoch
      AND p.status <> 'retired' AND p.halted_at IS NULL
    FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the checkpoint is not where it was, or somebody else holds it' USING ERRCODE = 'CS001';
  END IF;
END $$;
