CREATE TABLE "join_requests" (
	"business_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"sub" text NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"settled_at" timestamp with time zone,
	"settled_by" text,
	"admitted" boolean,
	CONSTRAINT "join_requests_business_id_id_pk" PRIMARY KEY("business_id","id"),
	CONSTRAINT "join_requests_settled" CHECK (("join_requests"."settled_at" is null) = ("join_requests"."admitted" is null) and ("join_requests"."settled_at" is null) = ("join_requests"."settled_by" is null))
);
--> statement-breakpoint
CREATE TABLE "panel_sessions" (
	"hash" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"business_id" uuid NOT NULL,
	"member_id" uuid NOT NULL,
	"path" text,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "panel_sessions_path" CHECK (("panel_sessions"."kind" = 'ticket') = ("panel_sessions"."path" is not null))
);
--> statement-breakpoint
ALTER TABLE "businesses" ADD COLUMN "hosted_domain" text;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "sub" text;--> statement-breakpoint
ALTER TABLE "join_requests" ADD CONSTRAINT "join_requests_business_id_businesses_id_fk" FOREIGN KEY ("business_id") REFERENCES "public"."businesses"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "panel_sessions" ADD CONSTRAINT "panel_sessions_member" FOREIGN KEY ("business_id","member_id") REFERENCES "public"."members"("business_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "join_requests_open" ON "join_requests" USING btree ("business_id","sub") WHERE "join_requests"."settled_at" is null;--> statement-breakpoint
CREATE INDEX "panel_sessions_expires" ON "panel_sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "panel_sessions_member" ON "panel_sessions" USING btree ("business_id","member_id");--> statement-breakpoint
CREATE UNIQUE INDEX "members_sub" ON "members" USING btree ("sub","business_id");--> statement-breakpoint
CREATE INDEX "members_address" ON "members" USING btree (lower("email"));