// The slot engine against the reference, around every change of the clock: a process of its own, run in several zones.
import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { choose } from '../../../server/availability/choose.ts';
import { explain } from '../../../server/availability/explain.ts';
import { type Prepared, prepare } from '../../../server/availability/prepare.ts';
import type { Choice, Query } from '../../../server/availability/query.ts';
import { nearest, slots } from '../../../server/availability/slots.ts';
import { queryAround } from './random-query.ts';
import { compare, Reference, TICK } from './reference.ts';

const ZONES = [
  'Europe/Oslo',
  'America/New_York',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/Sao_Paulo',
];

/** Every change from 2024 to 2030, and where there are none any more, the last ones there were. */
function changes(zone: string): number[] {
  const found: number[] = [];
  const last = zone === 'Pacific/Apia' || zone === 'America/Sao_Paulo';
  let at = Temporal.ZonedDateTime.from({ year: last ? 2009 : 2024, month: 1, day: 1, timeZone: zone });
  for (;;) {
    const next = at.getTimeZoneTransition('next');
    if (!next || next.year > 2030) return found.slice(last ? -6 : 0);
    found.push(next.epochMilliseconds);
    at = next;
  }
}

function check(query: Query, picks: number[]) {
  const reference = new Reference(query);
  const prepared = prepare(query);
  const expected = reference.slots();
  deepEqual(slots(prepared), expected);

  const window = query.to - query.from;
  const minute = 60_000;
  const asked = picks.map((pick) => query.from + Math.floor((pick * window) / minute) * minute);
  const offered = picks.flatMap((pick) => expected[Math.floor(pick * expected.length)]?.start ?? []);
  for (const start of [...asked, ...offered, ...edges(query)]) {
    // Whatever the window was: the same question asked about one instant only.
    checkStart(prepare({ ...query, from: start, to: start + 1 }), reference, start);
  }
  const wanted = asked[0] ?? query.from;
  const near = [...expected].sort((a, b) => Math.abs(a.start - wanted) - Math.abs(b.start - wanted));
  deepEqual(nearest(prepared, wanted, 3), near.slice(0, 3));
}

/** Starts that just touch, or just do not touch, what is taken; and those of sessions. */
function edges({ from, to, service, allocations, blocks, sessions = [] }: Query): number[] {
  const [length = 0, before = 0, after = 0] = [service.length, service.before, service.after].map(
    (n) => n * 60_000,
  );
  const taken = [...allocations.slice(0, 2), ...blocks.slice(0, 2)];
  return [
    ...taken.flatMap(({ start, end }) => [
      end,
      end + before - TICK,
      start - length,
      start - length - after + TICK,
    ]),
    ...sessions.map(({ start }) => start),
  ].filter((start) => start >= from && start < to);
}

function checkStart(prepared: Prepared, reference: Reference, start: number) {
  const { query } = prepared;
  // Nothing in these questions opens off the five-minute marks.
  const slot = start % TICK === 0 ? reference.slotAt(start) : null;
  const found = explain(prepared, start);
  equal(found.offered, slot !== null);
  deepEqual(choose(prepared, start), found.choice);
  if (start % TICK !== 0) return;

  for (const [group, { resources }] of query.service.groups.entries()) {
    for (const id of resources) {
      const against = found.reasons.filter(
        (one) => 'group' in one && one.group === group && 'resource' in one && one.resource === id,
      );
      equal(against.length === 0, reference.serves(id, group, start, false), `${id} of group ${group}`);
    }
  }
  const staff = choose(prepared, start, { override: true });
  if (found.choice) {
    equal(found.override, null);
    deepEqual(staff, found.choice);
    deepEqual(found.choice.overrides, []);
    equal(found.choice.end, slot?.end);
    checkChoice(query, reference, found.choice, reference.best(start, false));
  } else {
    ok(found.reasons.length > 0);
    deepEqual(staff, found.override);
    const possible = reference.joinable(start).length > 0 || reference.best(start, true) !== null;
    equal(staff !== null, possible);
    ok(!staff || (staff.overrides.length > 0 && staff.overrides.every((reason) => reason.overridable)));
    if (staff) checkChoice(query, reference, staff, null);
  }
}

/** `cost` null: any that is a choice at all, for what staff override comes before load. */
function checkChoice(query: Query, reference: Reference, choice: Choice, cost: number[] | null) {
  const [fullest] = reference.joinable(choice.start);
  equal(choice.session, fullest?.id ?? null);
  if (fullest) return deepEqual(choice.resources, []);
  const { groups } = query.service;
  const chosen = groups.map((_, group) => choice.resources.filter((one) => one.group === group));
  for (const [group, taken] of chosen.entries()) {
    equal(taken.length, groups[group]?.count);
    ok(
      taken.every(
        ({ resource, places }) =>
          groups[group]?.resources.includes(resource) && places === groups[group].places,
      ),
    );
    ok(taken.every(({ resource }) => reference.serves(resource, group, choice.start, true)));
  }
  const ids = choice.resources.map((one) => one.resource);
  equal(new Set(ids).size, ids.length);
  ok((query.wish ?? []).every((id) => ids.includes(id)));
  const spent = reference.costOf(
    chosen.map((taken) => taken.map((one) => one.resource)),
    choice.start,
  );
  if (cost) equal(compare(spent, cost), 0);
}

const [runs = '4', seed = '1'] = process.argv.slice(2);
let changesSeen = 0;
for (const [i, zone] of ZONES.entries()) {
  const other = ZONES[(i + 1) % ZONES.length] as string;
  for (const change of changes(zone)) {
    changesSeen++;
    fc.assert(
      fc.property(
        queryAround([zone, zone, zone, other], change),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), {
          minLength: 3,
          maxLength: 3,
        }),
        check,
      ),
      { numRuns: Number(runs), seed: Number(seed) + changesSeen },
    );
  }
}
// What the test reads: that the process was in the zone it was to be in, and how much was looked at.
const january = new Date(2027, 0, 1).getTimezoneOffset();
console.log(JSON.stringify({ january, changes: changesSeen }));
