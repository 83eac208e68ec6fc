// The six workloads of the benchmark give the answers that every right engine gives.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { prepare } from '../../../server/availability/prepare.ts';
import { slots } from '../../../server/availability/slots.ts';
import { EXPECTED, toQuery, workloads } from '../../bench/workloads.ts';

test.each(workloads())('$name: $description', (workload) => {
  const starts = slots(prepare(toQuery(workload))).map((slot) => slot.start);
  const mark = createHash('sha256').update(starts.join(',')).digest('hex').slice(0, 16);
  const expected = EXPECTED[workload.name];
  expect({ slots: starts.length, mark }).toEqual({ slots: expected?.slots, mark: expected?.mark });
});
