-- What is known about this installation as a whole, by name: which event store its read models come from, when its demo
-- data was made. Not about its business: that is in the log.
CREATE TABLE public.installation (
  name  text COLLATE "C" PRIMARY KEY,
  value jsonb NOT NULL,
  at    timestamptz NOT NULL DEFAULT now()
);
