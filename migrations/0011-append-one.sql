-- What es.append does for one write to one stream that fits, without the arithmetic of many groups: the common case of
-- a client that waits for nobody. Whatever does not simply fit (another revision, an id that is stored already) is
-- answered by es.append itself, in the same transaction and under the same lock.
-- The ids of one call must differ. The planner's settings are those of the connection that appends.
CREATE FUNCTION es.append_one(
  p_stream text, p_workspace text, p_expect bigint,
  p_id uuid[], p_type text[], p_ver smallint[], p_data json[], p_meta json[]
) RETURNS TABLE (grp int, status text, stream text, revision bigint, pos bigint)
LANGUAGE plpgsql AS $$
DECLARE
  last_pos bigint; last_rev bigint; n int := cardinality(p_id);
BEGIN
  PERFORM pg_advisory_xact_lock(7307, 1);
  last_rev := coalesce((SELECT ev.revision FROM es.events ev WHERE ev.stream_id = p_stream ORDER BY ev.revision DESC LIMIT 1), -1);
  IF last_rev <> p_expect OR EXISTS (SELECT FROM es.events ev WHERE ev.event_id = ANY (p_id)) THEN
    RETURN QUERY SELECT * FROM es.append(
      ARRAY[0], ARRAY[p_stream], ARRAY[p_workspace], ARRAY[p_expect], ARRAY[n], p_id, p_type, p_ver, p_data, p_meta);
    RETURN;
  END IF;
  last_pos := coalesce((SELECT ev.position FROM es.events ev ORDER BY ev.position DESC LIMIT 1), 0);
  INSERT INTO es.events (position, stream_id, revision, event_id, type, schema_version, workspace_id, data, metadata)
  SELECT last_pos + u.ord, p_stream, last_rev + u.ord, u.id, u.type, u.ver, p_workspace, u.data, u.meta
    FROM unnest(p_id, p_type, p_ver, p_data, p_meta) WITH ORDINALITY AS u(id, type, ver, data, meta, ord);
  PERFORM pg_notify('es_events', (last_pos + n)::text);
  grp := 0; status := 'ok'; stream := p_stream; revision := last_rev + n; pos := last_pos + n;
  RETURN NEXT;
END $$;
