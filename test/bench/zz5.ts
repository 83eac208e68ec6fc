import { prepare } from '../../server/availability/prepare.ts';
import { slots } from '../../server/availability/slots.ts';
import { toQuery, workloads } from './workloads.ts';
const w=workloads()[Number(process.argv[2])]!; const q=toQuery(w),p=prepare(q);
for(let r=0;r<3;r++){const a:number[]=[];const b=performance.now();while(performance.now()<b+1000){const t=performance.now();slots(p);a.push(performance.now()-t)}a.sort((x,y)=>x-y);console.log(((a[a.length>>1]??0)*1000).toFixed(1));}
