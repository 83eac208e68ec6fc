CREATE TABLE "channels" (
	"id" uuid PRIMARY KEY NOT NULL,
	"business_id" uuid NOT NULL,
	"calendar_id" uuid NOT NULL,
	"resource_id" text,
	"token_hash" text NOT NULL,
	"address" text,
	"expires_at" timestamp with time zone,
	"made_at" timestamp with time zone NOT NULL,
	"stop_at" timestamp with time zone,
	"stop_attempts" integer DEFAULT 0 NOT NULL,
	"last_notice_at" timestamp with time zone,
	"last_number" bigint
);
--> statement-breakpoint
CREATE TABLE "consents" (
	"id" uuid PRIMARY KEY NOT NULL,
	"business_id" uuid NOT NULL,
	"actor" text NOT NULL,
	"return_to" text NOT NULL,
	"app" text NOT NULL,
	"scopes" text[] NOT NULL,
	"verifier" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	"account_id" uuid,
	CONSTRAINT "consents_used" CHECK ("consents"."account_id" is null or "consents"."used_at" is not null)
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"calendar_id" uuid NOT NULL,
	"event_id" text NOT NULL,
	"scope" text NOT NULL,
	"from_original" text,
	"shares" jsonb NOT NULL,
	"actor" text NOT NULL,
	"made_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"ended_by" text,
	"proposed" boolean DEFAULT false NOT NULL,
	CONSTRAINT "decisions_business_id_id_pk" PRIMARY KEY("business_id","id")
);
--> statement-breakpoint
CREATE TABLE "drifts" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"push_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"policy" text NOT NULL,
	"state" text NOT NULL,
	"found" jsonb NOT NULL,
	"etag" text,
	"seen_at" timestamp with time zone NOT NULL,
	"settled_at" timestamp with time zone,
	"settled_by" text,
	"choice" text,
	"reason" text,
	CONSTRAINT "drifts_business_id_id_pk" PRIMARY KEY("business_id","id")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"business_id" uuid NOT NULL,
	"calendar_id" uuid NOT NULL,
	"event_id" text NOT NULL,
	"series_id" text,
	"original" text,
	"etag" text NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"ends_at" timestamp with time zone NOT NULL,
	"start_date" text,
	"end_date" text,
	"zone" text NOT NULL,
	"recurrence" text[],
	"last_ends_at" timestamp with time zone,
	"status" text NOT NULL,
	"type" text NOT NULL,
	"free" boolean NOT NULL,
	"freed" boolean NOT NULL,
	"response" text,
	"color" text,
	"creator" uuid,
	"creator_hash" text,
	"title" text,
	"answer" jsonb,
	"undecided" boolean DEFAULT false NOT NULL,
	"seen" integer NOT NULL,
	CONSTRAINT "events_calendar_id_event_id_business_id_pk" PRIMARY KEY("calendar_id","event_id","business_id")
);
--> statement-breakpoint
CREATE TABLE "fixes" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"calendar_id" uuid NOT NULL,
	"event_id" text NOT NULL,
	"scope" text NOT NULL,
	"from_original" text,
	"run_id" uuid,
	"actor" text NOT NULL,
	"made_at" timestamp with time zone NOT NULL,
	"undone_at" timestamp with time zone,
	"undone_by" text,
	CONSTRAINT "fixes_business_id_id_pk" PRIMARY KEY("business_id","id")
);
--> statement-breakpoint
CREATE TABLE "google_apps" (
	"business_id" uuid PRIMARY KEY NOT NULL,
	"client_id" text NOT NULL,
	"client_secret" text NOT NULL,
	"tested_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "marks" (
	"business_id" uuid NOT NULL,
	"calendar_id" uuid NOT NULL,
	"event_id" text NOT NULL,
	"series_id" text,
	"original" text,
	"free" boolean NOT NULL,
	"was" text,
	"run_id" uuid,
	"wanted" integer DEFAULT 1 NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"leased_until" timestamp with time zone,
	"died_at" timestamp with time zone,
	"failure" text,
	CONSTRAINT "marks_calendar_id_event_id_business_id_pk" PRIMARY KEY("calendar_id","event_id","business_id")
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"to_whom" text NOT NULL,
	"kind" text NOT NULL,
	"booking_id" uuid,
	"calendar_id" uuid,
	"account_id" uuid,
	"details" jsonb NOT NULL,
	"about" text NOT NULL,
	"delivered_at" timestamp with time zone,
	CONSTRAINT "messages_business_id_id_pk" PRIMARY KEY("business_id","id")
);
--> statement-breakpoint
CREATE TABLE "pulls" (
	"business_id" uuid NOT NULL,
	"calendar_id" uuid NOT NULL,
	"wanted" integer DEFAULT 1 NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"leased_until" timestamp with time zone,
	"failure" text,
	"failed_at" timestamp with time zone,
	"bookmark" integer DEFAULT 0 NOT NULL,
	"token" text,
	"fingerprint" text,
	"read_at" timestamp with time zone,
	"expanded_until" timestamp with time zone,
	"progress" integer,
	"told_at" timestamp with time zone,
	"watch_due_at" timestamp with time zone,
	"watch_attempts" integer DEFAULT 0 NOT NULL,
	"watch_leased_until" timestamp with time zone,
	"watch_failure" text,
	"noticed_at" timestamp with time zone,
	CONSTRAINT "pulls_business_id_calendar_id_pk" PRIMARY KEY("business_id","calendar_id")
);
--> statement-breakpoint
CREATE TABLE "rules" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"calendar_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	"when" jsonb NOT NULL,
	"whom" jsonb NOT NULL,
	"means" text,
	"also_when_free" boolean NOT NULL,
	CONSTRAINT "rules_business_id_id_pk" PRIMARY KEY("business_id","id")
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"calendar_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"total" integer NOT NULL,
	"skipped" jsonb NOT NULL,
	"actor" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"undone_at" timestamp with time zone,
	CONSTRAINT "runs_business_id_id_pk" PRIMARY KEY("business_id","id")
);
--> statement-breakpoint
ALTER TABLE "accounts" DROP CONSTRAINT "accounts_state";--> statement-breakpoint
ALTER TABLE "accounts" ALTER COLUMN "refresh_token" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "log_entries" ALTER COLUMN "unit_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "log_entries" ALTER COLUMN "push_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "log_entries" ALTER COLUMN "calendar_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "log_entries" ALTER COLUMN "attempt" SET DEFAULT 1;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "app" text DEFAULT 'deployment' NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "connected_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "failure" text;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "ends_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "blocks" ADD COLUMN "calendar_id" uuid;--> statement-breakpoint
ALTER TABLE "blocks" ADD COLUMN "event_id" text;--> statement-breakpoint
ALTER TABLE "blocks" ADD COLUMN "original" text;--> statement-breakpoint
ALTER TABLE "blocks" ADD COLUMN "cause" jsonb;--> statement-breakpoint
ALTER TABLE "calendars" ADD COLUMN "settings" jsonb DEFAULT '{"undecided":"everybody","allDay":"busy","tentative":"block","unanswered":"block","outOfOffice":"block","focusTime":"block","autoFix":false,"adopt":"adopt","delayMinutes":0}' NOT NULL;--> statement-breakpoint
ALTER TABLE "calendars" ALTER COLUMN "settings" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "calendars" ADD COLUMN "left_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "links" ADD COLUMN "means" text;--> statement-breakpoint
ALTER TABLE "links" ADD COLUMN "judged" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "openings" ADD COLUMN "calendar_id" uuid;--> statement-breakpoint
ALTER TABLE "openings" ADD COLUMN "event_id" text;--> statement-breakpoint
ALTER TABLE "openings" ADD COLUMN "original" text;--> statement-breakpoint
ALTER TABLE "openings" ADD COLUMN "cause" jsonb;--> statement-breakpoint
ALTER TABLE "resources" ADD COLUMN "member_id" uuid;--> statement-breakpoint
ALTER TABLE "resources" ADD COLUMN "nicknames" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "log_entries" ADD COLUMN "kind" text DEFAULT 'push' NOT NULL;--> statement-breakpoint
ALTER TABLE "log_entries" ADD COLUMN "count" integer;--> statement-breakpoint
ALTER TABLE "pushes" ADD COLUMN "written_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "pushes" ADD COLUMN "tried" jsonb;--> statement-breakpoint
ALTER TABLE "pushes" ADD COLUMN "missing_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "pushes" ADD COLUMN "elsewhere" uuid;--> statement-breakpoint
ALTER TABLE "channels" ADD CONSTRAINT "channels_calendar" FOREIGN KEY ("business_id","calendar_id") REFERENCES "public"."calendars"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_business_id_businesses_id_fk" FOREIGN KEY ("business_id") REFERENCES "public"."businesses"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_account" FOREIGN KEY ("business_id","account_id") REFERENCES "public"."accounts"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_calendar" FOREIGN KEY ("business_id","calendar_id") REFERENCES "public"."calendars"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drifts" ADD CONSTRAINT "drifts_push" FOREIGN KEY ("business_id","push_id") REFERENCES "public"."pushes"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_calendar" FOREIGN KEY ("business_id","calendar_id") REFERENCES "public"."calendars"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fixes" ADD CONSTRAINT "fixes_calendar" FOREIGN KEY ("business_id","calendar_id") REFERENCES "public"."calendars"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "google_apps" ADD CONSTRAINT "google_apps_business_id_businesses_id_fk" FOREIGN KEY ("business_id") REFERENCES "public"."businesses"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "marks" ADD CONSTRAINT "marks_calendar" FOREIGN KEY ("business_id","calendar_id") REFERENCES "public"."calendars"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_business_id_businesses_id_fk" FOREIGN KEY ("business_id") REFERENCES "public"."businesses"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pulls" ADD CONSTRAINT "pulls_calendar" FOREIGN KEY ("business_id","calendar_id") REFERENCES "public"."calendars"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rules" ADD CONSTRAINT "rules_calendar" FOREIGN KEY ("business_id","calendar_id") REFERENCES "public"."calendars"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_calendar" FOREIGN KEY ("business_id","calendar_id") REFERENCES "public"."calendars"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "channels_calendar_index" ON "channels" USING btree ("business_id","calendar_id");--> statement-breakpoint
CREATE INDEX "channels_stop" ON "channels" USING btree ("stop_at") WHERE "channels"."stop_at" is not null;--> statement-breakpoint
CREATE INDEX "consents_expires" ON "consents" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "decisions_in_force" ON "decisions" USING btree ("business_id","calendar_id","event_id","scope",coalesce("from_original", '')) WHERE "decisions"."ended_at" is null and not "decisions"."proposed";--> statement-breakpoint
CREATE INDEX "decisions_event" ON "decisions" USING btree ("business_id","calendar_id","event_id");--> statement-breakpoint
CREATE UNIQUE INDEX "drifts_open" ON "drifts" USING btree ("business_id","push_id","kind") WHERE "drifts"."state" = 'open';--> statement-breakpoint
CREATE INDEX "drifts_push_index" ON "drifts" USING btree ("business_id","push_id","seen_at");--> statement-breakpoint
CREATE INDEX "events_family" ON "events" USING btree ("calendar_id",coalesce("series_id", "event_id"));--> statement-breakpoint
CREATE INDEX "events_recurring" ON "events" USING btree ("calendar_id") WHERE "events"."recurrence" is not null;--> statement-breakpoint
CREATE INDEX "events_undecided" ON "events" USING btree ("business_id","starts_at") WHERE "events"."undecided";--> statement-breakpoint
CREATE INDEX "events_past" ON "events" USING btree ("last_ends_at");--> statement-breakpoint
CREATE UNIQUE INDEX "fixes_in_force" ON "fixes" USING btree ("business_id","calendar_id","event_id","scope",coalesce("from_original", '')) WHERE "fixes"."undone_at" is null;--> statement-breakpoint
CREATE INDEX "fixes_run" ON "fixes" USING btree ("business_id","run_id");--> statement-breakpoint
CREATE INDEX "marks_owed" ON "marks" USING btree ("business_id","calendar_id","due_at") WHERE "marks"."done" < "marks"."wanted" and "marks"."died_at" is null;--> statement-breakpoint
CREATE INDEX "marks_series" ON "marks" USING btree ("calendar_id","series_id") WHERE "marks"."series_id" is not null;--> statement-breakpoint
CREATE INDEX "marks_run" ON "marks" USING btree ("business_id","run_id") WHERE "marks"."run_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "messages_about" ON "messages" USING btree ("business_id","kind","about");--> statement-breakpoint
CREATE INDEX "messages_undelivered" ON "messages" USING btree ("at") WHERE "messages"."delivered_at" is null;--> statement-breakpoint
CREATE INDEX "pulls_due" ON "pulls" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "pulls_watch" ON "pulls" USING btree ("watch_due_at") WHERE "pulls"."watch_due_at" is not null;--> statement-breakpoint
CREATE INDEX "rules_calendar_index" ON "rules" USING btree ("business_id","calendar_id","position");--> statement-breakpoint
ALTER TABLE "resources" ADD CONSTRAINT "resources_member" FOREIGN KEY ("business_id","member_id") REFERENCES "public"."members"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "blocks_event" ON "blocks" USING btree ("calendar_id","event_id") WHERE "blocks"."event_id" is not null;--> statement-breakpoint
CREATE INDEX "blocks_past" ON "blocks" USING btree (upper("during")) WHERE "blocks"."event_id" is not null;--> statement-breakpoint
CREATE INDEX "openings_event" ON "openings" USING btree ("calendar_id","event_id") WHERE "openings"."event_id" is not null;--> statement-breakpoint
CREATE INDEX "openings_past" ON "openings" USING btree (upper("during")) WHERE "openings"."event_id" is not null;--> statement-breakpoint
CREATE INDEX "log_entries_calendar" ON "log_entries" USING btree ("business_id","calendar_id","id");--> statement-breakpoint
CREATE INDEX "pushes_event" ON "pushes" USING btree ("business_id","event_id") WHERE "pushes"."event_id" is not null;--> statement-breakpoint
CREATE INDEX "pushes_missing" ON "pushes" USING btree ("business_id") WHERE "pushes"."missing_at" is not null;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_token" CHECK (("accounts"."refresh_token" is null) = ("accounts"."state" = 'disconnected'));--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_state" CHECK ("accounts"."state" in ('connected', 'needs_reconnecting', 'disconnecting', 'disconnected'));--> statement-breakpoint
ALTER TABLE "blocks" ADD CONSTRAINT "blocks_cause" CHECK (num_nonnulls("blocks"."calendar_id", "blocks"."event_id", "blocks"."cause") in (0, 3));--> statement-breakpoint
ALTER TABLE "openings" ADD CONSTRAINT "openings_cause" CHECK (num_nonnulls("openings"."calendar_id", "openings"."event_id", "openings"."cause") in (0, 3));