-- No block or opening of an event without the event, whoever deletes it. (The event needs no block: it may take nobody.)
alter table blocks add constraint blocks_event
  foreign key (calendar_id, event_id, business_id) references events (calendar_id, event_id, business_id)
  on delete cascade;
--> statement-breakpoint
alter table openings add constraint openings_event
  foreign key (calendar_id, event_id, business_id) references events (calendar_id, event_id, business_id)
  on delete cascade;
--> statement-breakpoint
-- Every calendar that is followed is read from now on.
update links set judged = true;
--> statement-breakpoint
insert into pulls (business_id, calendar_id, watch_due_at) select business_id, id, now() from calendars;
--> statement-breakpoint
update businesses set settings = '{
    "push": true, "pull": true, "keepTitles": false, "confirmSeconds": 60, "unreachableHours": 24,
    "unreachableThen": "close",
    "drift": {"moved": "restore", "deleted": "restore", "freed": "restore", "left": "restore"},
    "log": true, "logDays": 30
  }'::jsonb || settings;
