-- Deadlines that come one after the other are one timer: the next of them, and what follows.
ALTER TABLE processing.timers
  -- Of the command that the next deadline becomes; null where an older version set the timer: then it is timer_id.
  ADD COLUMN command_id uuid,
  ADD COLUMN following  json;          -- [{timerId, dueAt, payload}] in the order in which they fall due
-- What is due is found by its time, of whatever workspace.
DROP INDEX processing.timers_workspace;
