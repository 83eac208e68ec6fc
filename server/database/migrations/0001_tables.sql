CREATE TABLE "accounts" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"email" text NOT NULL,
	"scopes" text[] NOT NULL,
	"refresh_token" text NOT NULL,
	"state" text DEFAULT 'connected' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "accounts_business_id_id_pk" PRIMARY KEY("business_id","id"),
	CONSTRAINT "accounts_state" CHECK ("accounts"."state" in ('connected', 'needs_reconnecting'))
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"scopes" text[] NOT NULL,
	"key_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_keys_business_id_id_pk" PRIMARY KEY("business_id","id"),
	CONSTRAINT "api_keys_hash" UNIQUE("key_hash")
);
--> statement-breakpoint
CREATE TABLE "blocks" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"resource_id" uuid NOT NULL,
	"during" "tstzrange" NOT NULL,
	"places" integer,
	"reason" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "blocks_business_id_id_pk" PRIMARY KEY("business_id","id")
);
--> statement-breakpoint
CREATE TABLE "businesses" (
	"id" uuid PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"zone" text NOT NULL,
	"locale" text NOT NULL,
	"settings" jsonb NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "businesses_slug" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "calendars" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"google_id" text NOT NULL,
	"name" text NOT NULL,
	"zone" text NOT NULL,
	"access_role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "calendars_business_id_id_pk" PRIMARY KEY("business_id","id"),
	CONSTRAINT "calendars_google_id" UNIQUE("business_id","google_id")
);
--> statement-breakpoint
CREATE TABLE "customers" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"email" text,
	"phone" text,
	"locale" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "customers_business_id_id_pk" PRIMARY KEY("business_id","id")
);
--> statement-breakpoint
CREATE TABLE "links" (
	"business_id" uuid NOT NULL,
	"resource_id" uuid NOT NULL,
	"calendar_id" uuid NOT NULL,
	"reads" boolean NOT NULL,
	"writes" boolean NOT NULL,
	CONSTRAINT "links_business_id_resource_id_calendar_id_pk" PRIMARY KEY("business_id","resource_id","calendar_id")
);
--> statement-breakpoint
CREATE TABLE "members" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "members_business_id_id_pk" PRIMARY KEY("business_id","id"),
	CONSTRAINT "members_role" CHECK ("members"."role" in ('owner', 'admin', 'staff'))
);
--> statement-breakpoint
CREATE TABLE "openings" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"resource_id" uuid NOT NULL,
	"during" "tstzrange" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "openings_business_id_id_pk" PRIMARY KEY("business_id","id")
);
--> statement-breakpoint
CREATE TABLE "resources" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"zone" text NOT NULL,
	"color" smallint,
	"places" integer DEFAULT 1 NOT NULL,
	"opens" text DEFAULT 'hours' NOT NULL,
	"hours" jsonb NOT NULL,
	"archived_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "resources_business_id_id_pk" PRIMARY KEY("business_id","id"),
	CONSTRAINT "resources_kind" CHECK ("resources"."kind" in ('person', 'room', 'vehicle', 'equipment')),
	CONSTRAINT "resources_opens" CHECK ("resources"."opens" in ('hours', 'openings')),
	CONSTRAINT "resources_places" CHECK ("resources"."places" between 1 and 1000),
	CONSTRAINT "resources_color" CHECK ("resources"."color" between 1 and 11)
);
--> statement-breakpoint
CREATE TABLE "service_group_resources" (
	"business_id" uuid NOT NULL,
	"service_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	"resource_id" uuid NOT NULL,
	"rank" smallint NOT NULL,
	CONSTRAINT "service_group_resources_business_id_service_id_position_resource_id_pk" PRIMARY KEY("business_id","service_id","position","resource_id")
);
--> statement-breakpoint
CREATE TABLE "service_groups" (
	"business_id" uuid NOT NULL,
	"service_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	"count" integer DEFAULT 1 NOT NULL,
	"places" integer DEFAULT 1 NOT NULL,
	"buffers" boolean DEFAULT true NOT NULL,
	CONSTRAINT "service_groups_business_id_service_id_position_pk" PRIMARY KEY("business_id","service_id","position"),
	CONSTRAINT "service_groups_counts" CHECK ("service_groups"."count" >= 1 and "service_groups"."places" >= 1)
);
--> statement-breakpoint
CREATE TABLE "services" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"length_minutes" integer NOT NULL,
	"step_minutes" integer,
	"buffer_before_minutes" integer DEFAULT 0 NOT NULL,
	"buffer_after_minutes" integer DEFAULT 0 NOT NULL,
	"notice_minutes" integer DEFAULT 0 NOT NULL,
	"horizon_days" integer DEFAULT 90 NOT NULL,
	"approval" boolean DEFAULT false NOT NULL,
	"seats" integer DEFAULT 1 NOT NULL,
	"day_limit" integer,
	"week_limit" integer,
	"cancel_cutoff_minutes" integer DEFAULT 0 NOT NULL,
	"reschedule_cutoff_minutes" integer DEFAULT 0 NOT NULL,
	"questions" jsonb NOT NULL,
	"hours" jsonb,
	"archived_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "services_business_id_id_pk" PRIMARY KEY("business_id","id"),
	CONSTRAINT "services_length" CHECK ("services"."length_minutes" between 1 and 44640),
	CONSTRAINT "services_step" CHECK ("services"."step_minutes" between 1 and 1440),
	CONSTRAINT "services_buffers" CHECK ("services"."buffer_before_minutes" >= 0 and "services"."buffer_after_minutes" >= 0),
	CONSTRAINT "services_seats" CHECK ("services"."seats" between 1 and 1000)
);
--> statement-breakpoint
CREATE TABLE "allocations" (
	"business_id" uuid NOT NULL,
	"unit_id" uuid NOT NULL,
	"resource_id" uuid NOT NULL,
	"place" smallint NOT NULL,
	"booking_id" uuid,
	"session_id" uuid,
	"service_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	"during" "tstzrange" NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"ends_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone,
	CONSTRAINT "allocations_unit_id_business_id_resource_id_place_pk" PRIMARY KEY("unit_id","business_id","resource_id","place"),
	CONSTRAINT "allocations_unit" CHECK (num_nonnulls("allocations"."booking_id", "allocations"."session_id") = 1 and "allocations"."unit_id" = coalesce("allocations"."booking_id", "allocations"."session_id")),
	CONSTRAINT "allocations_place" CHECK ("allocations"."place" >= 1)
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"booking_id" uuid NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"changes" jsonb NOT NULL,
	"overrode" text[] NOT NULL,
	CONSTRAINT "audit_business_id_id_pk" PRIMARY KEY("business_id","id")
);
--> statement-breakpoint
CREATE TABLE "bookings" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"service_id" uuid NOT NULL,
	"customer_id" uuid,
	"session_id" uuid,
	"status" text NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"ends_at" timestamp with time zone NOT NULL,
	"zone" text NOT NULL,
	"local_start" text NOT NULL,
	"seats" integer DEFAULT 1 NOT NULL,
	"asked_for" uuid[] DEFAULT '{}' NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"expires_at" timestamp with time zone,
	"notes" text,
	"instructions" text,
	"answers" jsonb NOT NULL,
	"cancel_reason" text,
	"manage_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "bookings_business_id_id_pk" PRIMARY KEY("business_id","id"),
	CONSTRAINT "bookings_manage_hash" UNIQUE("manage_hash"),
	CONSTRAINT "bookings_status" CHECK ("bookings"."status" in ('held', 'pending', 'confirmed', 'declined', 'expired', 'cancelled', 'completed', 'no_show')),
	CONSTRAINT "bookings_span" CHECK ("bookings"."ends_at" > "bookings"."starts_at"),
	CONSTRAINT "bookings_customer_known" CHECK ("bookings"."customer_id" is not null or "bookings"."status" in ('held', 'expired', 'cancelled')),
	CONSTRAINT "bookings_expiry" CHECK (("bookings"."expires_at" is not null) = ("bookings"."status" in ('held', 'pending')))
);
--> statement-breakpoint
CREATE TABLE "budgets" (
	"key" text NOT NULL,
	"window" timestamp with time zone NOT NULL,
	"used" integer NOT NULL,
	CONSTRAINT "budgets_key_window_pk" PRIMARY KEY("key","window")
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"business_id" uuid NOT NULL,
	"key" text NOT NULL,
	"request_hash" text NOT NULL,
	"status" smallint,
	"answer" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_business_id_key_pk" PRIMARY KEY("business_id","key")
);
--> statement-breakpoint
CREATE TABLE "log_entries" (
	"business_id" uuid NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "log_entries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone NOT NULL,
	"unit_id" uuid NOT NULL,
	"push_id" uuid NOT NULL,
	"calendar_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"step" text NOT NULL,
	"outcome" text NOT NULL,
	"status" smallint,
	"milliseconds" integer,
	CONSTRAINT "log_entries_business_id_id_pk" PRIMARY KEY("business_id","id")
);
--> statement-breakpoint
CREATE TABLE "pushes" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"unit_id" uuid NOT NULL,
	"booking_id" uuid,
	"session_id" uuid,
	"calendar_id" uuid NOT NULL,
	"present" boolean NOT NULL,
	"wanted" integer NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"generation" integer DEFAULT 0 NOT NULL,
	"event_id" text,
	"etag" text,
	"written" jsonb,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"leased_until" timestamp with time zone,
	"died_at" timestamp with time zone,
	"failure" text,
	CONSTRAINT "pushes_business_id_id_pk" PRIMARY KEY("business_id","id"),
	CONSTRAINT "pushes_unit_calendar" UNIQUE("business_id","unit_id","calendar_id"),
	CONSTRAINT "pushes_unit" CHECK (num_nonnulls("pushes"."booking_id", "pushes"."session_id") = 1 and "pushes"."unit_id" = coalesce("pushes"."booking_id", "pushes"."session_id"))
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"service_id" uuid NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"ends_at" timestamp with time zone NOT NULL,
	"zone" text NOT NULL,
	"seats" integer NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"cancelled_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sessions_business_id_id_pk" PRIMARY KEY("business_id","id")
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_business_id_businesses_id_fk" FOREIGN KEY ("business_id") REFERENCES "public"."businesses"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_business_id_businesses_id_fk" FOREIGN KEY ("business_id") REFERENCES "public"."businesses"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "blocks" ADD CONSTRAINT "blocks_resource" FOREIGN KEY ("business_id","resource_id") REFERENCES "public"."resources"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calendars" ADD CONSTRAINT "calendars_account" FOREIGN KEY ("business_id","account_id") REFERENCES "public"."accounts"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customers" ADD CONSTRAINT "customers_business_id_businesses_id_fk" FOREIGN KEY ("business_id") REFERENCES "public"."businesses"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "links" ADD CONSTRAINT "links_resource" FOREIGN KEY ("business_id","resource_id") REFERENCES "public"."resources"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "links" ADD CONSTRAINT "links_calendar" FOREIGN KEY ("business_id","calendar_id") REFERENCES "public"."calendars"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_business_id_businesses_id_fk" FOREIGN KEY ("business_id") REFERENCES "public"."businesses"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "openings" ADD CONSTRAINT "openings_resource" FOREIGN KEY ("business_id","resource_id") REFERENCES "public"."resources"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "resources" ADD CONSTRAINT "resources_business_id_businesses_id_fk" FOREIGN KEY ("business_id") REFERENCES "public"."businesses"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_group_resources" ADD CONSTRAINT "service_group_resources_group" FOREIGN KEY ("business_id","service_id","position") REFERENCES "public"."service_groups"("business_id","service_id","position") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_group_resources" ADD CONSTRAINT "service_group_resources_resource" FOREIGN KEY ("business_id","resource_id") REFERENCES "public"."resources"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_groups" ADD CONSTRAINT "service_groups_service" FOREIGN KEY ("business_id","service_id") REFERENCES "public"."services"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "services" ADD CONSTRAINT "services_business_id_businesses_id_fk" FOREIGN KEY ("business_id") REFERENCES "public"."businesses"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "allocations" ADD CONSTRAINT "allocations_resource" FOREIGN KEY ("business_id","resource_id") REFERENCES "public"."resources"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "allocations" ADD CONSTRAINT "allocations_booking" FOREIGN KEY ("business_id","booking_id") REFERENCES "public"."bookings"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "allocations" ADD CONSTRAINT "allocations_session" FOREIGN KEY ("business_id","session_id") REFERENCES "public"."sessions"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit" ADD CONSTRAINT "audit_booking" FOREIGN KEY ("business_id","booking_id") REFERENCES "public"."bookings"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_service" FOREIGN KEY ("business_id","service_id") REFERENCES "public"."services"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_customer" FOREIGN KEY ("business_id","customer_id") REFERENCES "public"."customers"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_session" FOREIGN KEY ("business_id","session_id") REFERENCES "public"."sessions"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pushes" ADD CONSTRAINT "pushes_calendar" FOREIGN KEY ("business_id","calendar_id") REFERENCES "public"."calendars"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pushes" ADD CONSTRAINT "pushes_booking" FOREIGN KEY ("business_id","booking_id") REFERENCES "public"."bookings"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pushes" ADD CONSTRAINT "pushes_session" FOREIGN KEY ("business_id","session_id") REFERENCES "public"."sessions"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_service" FOREIGN KEY ("business_id","service_id") REFERENCES "public"."services"("business_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "accounts_email" ON "accounts" USING btree ("business_id",lower("email"));--> statement-breakpoint
CREATE INDEX "blocks_during" ON "blocks" USING gist ("business_id","resource_id","during");--> statement-breakpoint
CREATE INDEX "customers_email" ON "customers" USING btree ("business_id",lower("email"));--> statement-breakpoint
CREATE UNIQUE INDEX "links_one_written" ON "links" USING btree ("business_id","resource_id") WHERE "links"."writes";--> statement-breakpoint
CREATE INDEX "links_calendar_index" ON "links" USING btree ("business_id","calendar_id");--> statement-breakpoint
CREATE UNIQUE INDEX "members_email" ON "members" USING btree ("business_id",lower("email"));--> statement-breakpoint
CREATE INDEX "openings_during" ON "openings" USING gist ("business_id","resource_id","during");--> statement-breakpoint
CREATE INDEX "audit_booking_index" ON "audit" USING btree ("business_id","booking_id","at");--> statement-breakpoint
CREATE INDEX "bookings_starts" ON "bookings" USING btree ("business_id","starts_at");--> statement-breakpoint
CREATE INDEX "bookings_customer_index" ON "bookings" USING btree ("business_id","customer_id");--> statement-breakpoint
CREATE INDEX "bookings_session_index" ON "bookings" USING btree ("business_id","session_id") WHERE "bookings"."session_id" is not null;--> statement-breakpoint
CREATE INDEX "bookings_expires" ON "bookings" USING btree ("expires_at") WHERE "bookings"."expires_at" is not null;--> statement-breakpoint
CREATE INDEX "idempotency_keys_created" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "log_entries_unit" ON "log_entries" USING btree ("business_id","unit_id","id");--> statement-breakpoint
CREATE INDEX "pushes_owed" ON "pushes" USING btree ("business_id","calendar_id","due_at") WHERE "pushes"."done" < "pushes"."wanted" and "pushes"."died_at" is null;--> statement-breakpoint
CREATE INDEX "pushes_died" ON "pushes" USING btree ("business_id","died_at") WHERE "pushes"."died_at" is not null;--> statement-breakpoint
CREATE INDEX "sessions_starts" ON "sessions" USING btree ("business_id","service_id","starts_at") WHERE "sessions"."cancelled_at" is null;