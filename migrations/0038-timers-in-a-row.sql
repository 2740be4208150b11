-- Deadlines that come one after the other are one timer: the next of them, and what follows.
ALTER TABLE processing.timers
  ADD COLUMN command_id uuid,          -- of the command that the next deadline becomes
  ADD COLUMN following  json;          -- [{timerId, dueAt, payload}] in the order in which they fall due
UPDATE processing.timers SET command_id = timer_id;
ALTER TABLE processing.timers ALTER COLUMN command_id SET NOT NULL;
-- What is due is found by its time, of whatever workspace.
DROP INDEX processing.timers_workspace;
