-- Several clocks run in one stream: a part of its timers can be cleared by what they belong to.
ALTER TABLE processing.timers ADD COLUMN scope text COLLATE "C" NOT NULL DEFAULT '';
