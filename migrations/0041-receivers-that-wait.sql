-- Who waits for something, by channel and receiver: mail and chat to one person are two that do not wait for each other.
DROP INDEX notifications.deliveries_waiting;
CREATE INDEX deliveries_waiting ON notifications.deliveries (channel, target, due_at, seq) WHERE state = 'waiting';
