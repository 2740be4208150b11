-- What is done is taken away after some time, oldest first.
CREATE INDEX timers_done ON processing.timers (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX outbox_done ON processing.outbox (done_at) WHERE done_at IS NOT NULL;
