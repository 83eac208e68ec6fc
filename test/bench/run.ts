// npm run bench: every figure the product is held to, as a table. Names of parts as arguments run those alone.
import { measureEngine } from './engine.ts';
import { measureAvailability, measureRace, measureThroughput, openBench } from './http.ts';
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
