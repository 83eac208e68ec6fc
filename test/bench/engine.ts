// Times the slot engine on the six workloads, beside what other engines took. `tsx test/bench/engine.ts`
import { pathToFileURL } from 'node:url';
import { prepare } from '../../server/availability/prepare.ts';
import { slots } from '../../server/availability/slots.ts';
import { EXPECTED, toQuery, type Workload, workloads } from './workloads.ts';

/** Median of one call in µs, the parsing of the ISO strings included. */
export type Row = { workload: string; description: string; slots: number; median: number };

export function measureEngine(): Row[] {
  return workloads().map((workload) => ({
    workload: workload.name,
    description: workload.description,
    slots: answer(workload).length,
    median: median(() => answer(workload)),
  }));
}

function answer(workload: Workload) {
  return slots(prepare(toQuery(workload)));
}

/** Of the calls of one second, after half a second that lets the compiler settle. */
function median(call: () => unknown): number {
  const times: number[] = [];
  const begin = performance.now();
  for (let before = begin; before < begin + 1500; ) {
    call();
    const after = performance.now();
    if (after > begin + 500) times.push(after - before);
    before = after;
  }
  times.sort((a, b) => a - b);
  return (times[times.length >> 1] ?? Number.NaN) * 1000;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const shown = measureEngine().map(({ workload, description, slots: found, median: ours }) => {
    const { calcom = Number.NaN, plain = Number.NaN } = EXPECTED[workload] ?? {};
    return {
      workload: `${workload} ${description}`,
      slots: found,
      µs: Number(ours.toPrecision(4)),
      'Cal.com µs': calcom,
      'times faster': Math.round(calcom / ours),
      'plain numeric µs': plain,
      'times its time': Number((ours / plain).toFixed(2)),
    };
  });
  console.table(shown);
}
