-- Whoever follows events of a few types is told which types came, and need not look for what is not there.
-- The bodies of both functions are those of 0001 and 0011 but for what they notify.

-- '<first position> <last position> <type> <type> …', or '… *' when that does not fit a notification (8,000 bytes).
CREATE FUNCTION es.news(p_before bigint, p_last bigint, p_types text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  types text := (SELECT string_agg(DISTINCT t, ' ') FROM unnest(p_types) AS t);
BEGIN
  RETURN (p_before + 1) || ' ' || p_last || ' ' || CASE WHEN octet_length(types) < 7900 THEN types ELSE '*' END;
END $$;

CREATE OR REPLACE FUNCTION es.append(
  p_group int[], p_stream text[], p_workspace text[], p_expect bigint[], p_count int[],
  p_id uuid[], p_type text[], p_ver smallint[], p_data json[], p_meta json[]
) RETURNS TABLE (grp int, status text, stream text, revision bigint, pos bigint)
LANGUAGE plpgsql
-- Plans are made once per connection, perhaps while the table is empty: they must be those of a large one.
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  writes int := cardinality(p_stream);
  start_pos bigint; last_pos bigint;
  slot int[];          -- per write: the first write of the call to the same stream
  current bigint[];    -- at a slot: the revision of that stream, moved on by every accepted group
  id_slot int[];       -- per event: the first event of the call with the same id
  careful boolean;     -- an id is already stored, or comes twice in this call
  known_stream text[]; known_rev bigint[]; known_pos bigint[]; -- at an id's slot: where it is stored
  base_pos bigint[] := '{}'; base_rev bigint[] := '{}';        -- per write: what its events are counted from; null = refused
  r_status text[] := '{}'; r_rev bigint[] := '{}'; r_pos bigint[] := '{}';
  off int[];           -- per write: how many events stand before its first one
  seen int := 0; i int := 1; j int; k int; e int;
  accepted boolean; stored boolean; filled boolean; dup_rev bigint[]; dup_pos bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(7307, 1);
  SELECT ev.position INTO start_pos FROM es.events ev ORDER BY ev.position DESC LIMIT 1;
  start_pos := coalesce(start_pos, 0);
  last_pos := start_pos;

  SELECT array_agg(w.first ORDER BY w.ord),
         array_agg(CASE WHEN w.first = w.ord THEN coalesce(
           (SELECT ev.revision FROM es.events ev WHERE ev.stream_id = w.stream ORDER BY ev.revision DESC LIMIT 1), -1) END
           ORDER BY w.ord)
    INTO slot, current
    FROM (SELECT u.stream, u.ord::int AS ord, (min(u.ord) OVER (PARTITION BY u.stream))::int AS first
            FROM unnest(p_stream) WITH ORDINALITY AS u(stream, ord)) AS w;

  SELECT array_agg(d.first ORDER BY d.ord),
         bool_or(d.first <> d.ord OR ev.position IS NOT NULL),
         array_agg(ev.stream_id ORDER BY d.ord), array_agg(ev.revision ORDER BY d.ord), array_agg(ev.position ORDER BY d.ord)
    INTO id_slot, careful, known_stream, known_rev, known_pos
    FROM (SELECT u.id, u.ord::int AS ord, (min(u.ord) OVER (PARTITION BY u.id))::int AS first
            FROM unnest(p_id) WITH ORDINALITY AS u(id, ord)) AS d
    LEFT JOIN es.events ev ON ev.event_id = d.id;
  careful := coalesce(careful, false);

  WHILE i <= writes LOOP
    j := i;
    WHILE j < writes AND p_group[j + 1] = p_group[i] LOOP j := j + 1; END LOOP;

    accepted := true;
    off := '{}';
    FOR k IN i..j LOOP
      off := off || seen;
      IF p_expect[k] >= -1 THEN
        accepted := accepted AND p_expect[k] = current[slot[k]];
      ELSIF p_expect[k] = -4 THEN
        accepted := accepted AND current[slot[k]] >= 0;
      END IF;
      IF careful THEN
        FOR e IN seen + 1 .. seen + p_count[k] LOOP
          accepted := accepted AND known_pos[id_slot[e]] IS NULL;
        END LOOP;
      END IF;
      seen := seen + p_count[k];
    END LOOP;

    IF accepted THEN
      FOR k IN i..j LOOP
        base_pos := base_pos || last_pos;
        base_rev := base_rev || current[slot[k]];
        IF careful THEN
          FOR e IN 1..p_count[k] LOOP
            known_stream[id_slot[off[k - i + 1] + e]] := p_stream[k];
            known_rev[id_slot[off[k - i + 1] + e]] := current[slot[k]] + e;
            known_pos[id_slot[off[k - i + 1] + e]] := last_pos + e;
          END LOOP;
        END IF;
        last_pos := last_pos + p_count[k];
        current[slot[k]] := current[slot[k]] + p_count[k];
        r_status := r_status || 'ok'::text;
        r_rev := r_rev || current[slot[k]];
        r_pos := r_pos || last_pos;
      END LOOP;
    ELSE
      filled := false; stored := careful; dup_rev := '{}'; dup_pos := NULL;
      FOR k IN i..j LOOP
        EXIT WHEN NOT stored;
        dup_rev := dup_rev || NULL::bigint;
        FOR e IN off[k - i + 1] + 1 .. off[k - i + 1] + p_count[k] LOOP
          filled := true;
          stored := stored AND known_pos[id_slot[e]] IS NOT NULL AND known_stream[id_slot[e]] = p_stream[k];
          dup_rev[k - i + 1] := greatest(dup_rev[k - i + 1], known_rev[id_slot[e]]);
          dup_pos := greatest(dup_pos, known_pos[id_slot[e]]);
        END LOOP;
      END LOOP;
      stored := stored AND filled;
      FOR k IN i..j LOOP
        base_pos := base_pos || NULL::bigint;
        base_rev := base_rev || NULL::bigint;
        r_status := r_status || CASE WHEN stored THEN 'duplicate' ELSE 'conflict' END;
        r_rev := r_rev || CASE WHEN stored THEN coalesce(dup_rev[k - i + 1], current[slot[k]]) ELSE current[slot[k]] END;
        r_pos := r_pos || CASE WHEN stored THEN dup_pos END;
      END LOOP;
    END IF;
    i := j + 1;
  END LOOP;

  IF last_pos > start_pos THEN
    -- The events of the writes in lockstep with where each of them goes.
    INSERT INTO es.events (position, stream_id, revision, event_id, type, schema_version, workspace_id, data, metadata)
    SELECT n.pos, n.stream, n.rev, n.id, n.type, n.ver, n.workspace, n.data, n.meta
      FROM (SELECT array_agg(w.pos + x ORDER BY w.ord, x) AS pos, array_agg(w.rev + x ORDER BY w.ord, x) AS rev,
                   array_agg(w.stream ORDER BY w.ord, x) AS stream, array_agg(w.workspace ORDER BY w.ord, x) AS workspace
              FROM unnest(p_stream, p_workspace, p_count, base_pos, base_rev)
                   WITH ORDINALITY AS w(stream, workspace, cnt, pos, rev, ord),
                   generate_series(1, w.cnt) AS x) AS place,
           unnest(place.pos, place.rev, place.stream, place.workspace, p_id, p_type, p_ver, p_data, p_meta)
             AS n(pos, rev, stream, workspace, id, type, ver, data, meta)
     WHERE n.pos IS NOT NULL;
    PERFORM pg_notify('es_events', es.news(start_pos, last_pos, p_type));
  END IF;

  RETURN QUERY SELECT u.* FROM unnest(p_group, r_status, p_stream, r_rev, r_pos) AS u;
END $$;

CREATE OR REPLACE FUNCTION es.append_one(
  p_stream text, p_workspace text, p_expect bigint,
  p_id uuid[], p_type text[], p_ver smallint[], p_data json[], p_meta json[]
) RETURNS TABLE (grp int, status text, stream text, revision bigint, pos bigint)
LANGUAGE plpgsql AS $$
DECLARE
  last_pos bigint; last_rev bigint; n int := cardinality(p_id); news text;
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
  news := (last_pos + 1) || ' ' || (last_pos + n) || ' ' || array_to_string(p_type, ' ');
  PERFORM pg_notify('es_events', CASE WHEN octet_length(news) < 8000 THEN news ELSE es.news(last_pos, last_pos + n, p_type) END);
  grp := 0; status := 'ok'; stream := p_stream; revision := last_rev + n; pos := last_pos + n;
  RETURN NEXT;
END $$;
