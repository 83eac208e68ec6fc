// npm run bench: every figure the product is held to, as a table. Names of parts as arguments run those alone.
import { measureEngine } from './engine.ts';
import { measureAvailability, measureRace, measureThroughput, openBench } from './http.ts';
import { measureSidebar } from './sidebar.ts';
import { measureChange, measureEdit, measureFirst, measurePolling } from './sync.ts';
import { EXPECTED } from './workloads.ts';

const wanted = process.argv.slice(2);
const wants = (part: string) => wanted.length === 0 || wanted.includes(part);
const round = (value: number, digits = 1) => Number(value.toFixed(digits));

if (wants('engine')) {
  console.log(
    '\n(a) the slot engine: median of one call in µs, ISO parsing included; the other columns on a like machine',
  );
  console.table(
    measureEngine().map(({ workload, slots, median }) => {
      const { calcom = Number.NaN, plain = Number.NaN } = EXPECTED[workload] ?? {};
      return {
        workload,
        slots,
        'ours µs': round(median),
        "Cal.com's own µs": calcom,
        'times as fast': round(calcom / median, 0),
        'plain numeric µs': plain,
        'of plain': round(median / plain, 2),
      };
    }),
  );
}

if (['availability', 'bookings', 'race'].some(wants)) {
  const bench = await openBench();
  try {
    if (wants('bookings')) {
      const { bare, bookings, keyed, p99 } = await measureThroughput(bench);
      console.log(
        '\n(c) bookings a second over HTTP, distinct slots, 64 connections, against bare inserts; aim 0.2',
      );
      console.table([
        { what: 'bare inserts', 'a second': round(bare, 0) },
        { what: 'bookings', 'a second': round(bookings, 0), ratio: round(bookings / bare, 3), 'p99 ms': p99 },
        { what: 'with Idempotency-Key', 'a second': round(keyed, 0), ratio: round(keyed / bare, 3) },
      ]);
    }
    if (wants('race')) {
      const { rounds, winners, p50, p99 } = await measureRace(bench);
      console.log('\n(d) fifty at once for one slot; aim p99 under 50 ms');
      console.table([{ rounds, winners, 'p50 ms': round(p50), 'p99 ms': round(p99) }]);
    }
    if (wants('availability')) {
      console.log('\n(b) GET availability, 10 resources x 31 days; aim p95 under 50 ms, and flat');
      const rows = await measureAvailability(bench, [1000, 100_000, 1_000_000]);
      console.table(
        rows.map(({ p50, p95, ...row }) => ({ ...row, 'p50 ms': round(p50), 'p95 ms': round(p95) })),
      );
    }
  } finally {
    await bench.close();
  }
}

if (wants('edit')) {
  const { p50, p95, max, ...row } = await measureEdit(100);
  console.log('\n(e) an edit in Google until GET availability shows it, by notices; aim p95 under 1 s');
  console.table([{ ...row, 'p50 ms': round(p50), 'p95 ms': round(p95), 'max ms': round(max) }]);
}
if (wants('first')) {
  const { download, sync } = await measureFirst(50_000);
  console.log(
    '\n(f) the first reading of 50,000 events, a tenth of them series; aim within 2x of the download',
  );
  const row = (what: string, { events, ms, peakMB }: typeof sync) => ({
    what,
    events,
    seconds: round(ms / 1000, 2),
    'events a second': round((events / ms) * 1000, 0),
    'peak MB': round(peakMB, 0),
  });
  console.table([
    row('only the pages', download),
    { ...row('read, judged, kept', sync), 'of download': round(sync.ms / download.ms, 2) },
  ]);
}
if (wants('change')) {
  console.log('\n(g) one changed event read and kept, by the size of its calendar; must not grow with it');
  const rows = await measureChange(process.env.SIZES ? JSON.parse(process.env.SIZES) : [100, 10_000, 50_000]);
  console.table(
    rows.map(({ size, p50, p95, googleP50 }) => ({
      size,
      'p50 ms': round(p50),
      'p95 ms': round(p95),
      "of p50, the local Google's": round(googleP50),
    })),
  );
}
if (wants('polling')) {
  console.log(
    '\n(h) 1,000 calendars of ten accounts on one process, polled; Google allows 600 a minute and user, 10,000 a project',
  );
  const row = await measurePolling(1000, 10, 6);
  console.table([{ ...row, firstReadSeconds: round(row.firstReadSeconds), perMinute: round(row.perMinute) }]);
}
if (wants('sidebar')) {
  const bookings = Number(process.env.BOOKINGS ?? 1_000_000);
  console.log(
    `\n(i) the side panel's cards, one request each, ${bookings} bookings there; aim p95 under 50 ms`,
  );
  const { rows, bundle } = await measureSidebar(bookings);
  console.table(rows.map(({ card, p50, p95 }) => ({ card, 'p50 ms': round(p50), 'p95 ms': round(p95) })));
  console.log('the bundle, aim under 60 kB; requests to the server for one card, aim 1');
  console.table([
    { kB: round(bundle.bytes / 1000), home: bundle.requests.home, 'an event': bundle.requests.event },
  ]);
}
