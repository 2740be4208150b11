-- Who reads a read model reads as `countersign_reader`, which sees the rows of the workspace its connection names
-- (`countersign.workspace`) and nothing else, whatever the query says. Tables of later builds get the same from the
-- runner that makes them. The role belongs to the whole server and signs in nowhere: processes take it on.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reader') THEN
    BEGIN
      CREATE ROLE countersign_reader NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server was first
    END;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reader' AND (rolsuper OR rolbypassrls)) THEN
    RAISE EXCEPTION 'countersign_reader may bypass row-level security: ALTER ROLE countersign_reader NOSUPERUSER NOBYPASSRLS';
  END IF;
  BEGIN
    SET LOCAL ROLE countersign_reader;
    RESET ROLE;
  EXCEPTION WHEN insufficient_privilege THEN
    EXECUTE format('GRANT countersign_reader TO %I', session_user);
  END;
END $$;

GRANT USAGE ON SCHEMA rm TO countersign_reader;

DO $$
DECLARE found text;
BEGIN
  FOR found IN SELECT format('rm.%I', tablename) FROM pg_tables WHERE schemaname = 'rm' LOOP
    EXECUTE format('GRANT SELECT ON %s TO countersign_reader', found);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', found);
    EXECUTE format('CREATE POLICY workspace ON %s FOR SELECT TO countersign_reader
                    USING (workspace_id = current_setting(''countersign.workspace'', true))', found);
  END LOOP;
END $$;
