import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { prepare } from '../../server/availability/prepare.ts';
import { slots } from '../../server/availability/slots.ts';
import { EXPECTED, toQuery, workloads } from './workloads.ts';
for (const w of workloads()) { const s=slots(prepare(toQuery(w))); console.log(w.name,s.length,createHash('sha256').update(s.map(x=>x.start).join()).digest('hex').slice(0,16)===EXPECTED[w.name]!.mark);
 const file=readdirSync('/work/shared/workloads').find(f=>f.startsWith(w.name))!; const o=JSON.parse(readFileSync('/work/shared/workloads/'+file,'utf8'));
 console.log(JSON.stringify(o.resources)===JSON.stringify(w.resources), o.from===w.from,o.to===w.to,o.durationMin===w.durationMin,o.stepMin===w.stepMin,o.combine===w.combine)}
