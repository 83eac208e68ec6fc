-- Two allocations of one place of one resource never overlap, whatever the code does. Deferrable, so that
-- overlapping allocations can be re-placed within one transaction under the resource's lock.
alter table allocations add constraint allocations_never_overlap
  exclude using gist (business_id with =, resource_id with =, place with =, during with &&)
  deferrable initially immediate;
--> statement-breakpoint
alter table allocations add constraint allocations_during check (not isempty(during) and lower_inc(during));
--> statement-breakpoint
alter table blocks add constraint blocks_span check (not isempty(during));
--> statement-breakpoint
alter table openings add constraint openings_span check (not isempty(during));
--> statement-breakpoint
-- What is cached of a business is kept by its revision, so no change may forget to raise it.
create function raise_revision() returns trigger language plpgsql as $$
begin
  new.revision := old.revision + 1;
  return new;
end $$;
--> statement-breakpoint
create trigger businesses_revision before update on businesses
  for each row execute function raise_revision();
--> statement-breakpoint
create function raise_business_revision() returns trigger language plpgsql as $$
begin
  update businesses set revision = revision
    where id in (select business_id from changed);
  return null;
end $$;
--> statement-breakpoint
create trigger resources_inserted after insert on resources referencing new table as changed
  for each statement execute function raise_business_revision();
--> statement-breakpoint
create trigger resources_updated after update on resources referencing new table as changed
  for each statement execute function raise_business_revision();
--> statement-breakpoint
create trigger services_inserted after insert on services referencing new table as changed
  for each statement execute function raise_business_revision();
--> statement-breakpoint
create trigger services_updated after update on services referencing new table as changed
  for each statement execute function raise_business_revision();
--> statement-breakpoint
create trigger service_groups_inserted after insert on service_groups referencing new table as changed
  for each statement execute function raise_business_revision();
--> statement-breakpoint
create trigger service_groups_deleted after delete on service_groups referencing old table as changed
  for each statement execute function raise_business_revision();
--> statement-breakpoint
create trigger service_group_resources_inserted after insert on service_group_resources referencing new table as changed
  for each statement execute function raise_business_revision();
