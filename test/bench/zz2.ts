import { prepare } from '../../server/availability/prepare.ts';
import { slots } from '../../server/availability/slots.ts';
import { toQuery, workloads } from './workloads.ts';
const med=(f:()=>unknown)=>{const a:number[]=[];const b=performance.now();while(performance.now()<b+700){const t=performance.now();f();a.push(performance.now()-t)}a.sort((x,y)=>x-y);return ((a[a.length>>1]??0)*1000).toFixed(1)};
for (const w of workloads()) { const q=toQuery(w),p=prepare(q);
 const strs=w.resources.flatMap(r=>r.busy.flat());
 console.log(w.name,'all',med(()=>slots(prepare(toQuery(w)))),'dateparse',med(()=>{let x=0;for(const s of strs)x+=Date.parse(s);return x}),'toQuery',med(()=>toQuery(w)),'prepare',med(()=>prepare(q)),'slots',med(()=>slots(p))) }
