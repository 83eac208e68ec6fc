import { startGoogle } from './test/google/server.ts';
import { clientFor } from './test/google/client.ts';
const g = await startGoogle({ dataFile: '/tmp/pw/data.json' });
const anna='a@b.test';
await g.control.reset();
await g.control.createPerson({email:anna,name:'A',zone:'Europe/Oslo'});
let t=Date.now();
for(let i=0;i<50000;i++) await g.control.addEvent({person:anna,calendar:anna,event:{summary:`E${i}`,start:{dateTime:new Date(Date.UTC(2026,0,1)+i*600000).toISOString()},end:{dateTime:new Date(Date.UTC(2026,0,1)+i*600000+600000).toISOString()}}});
console.log('insert 50k', Date.now()-t);
const api=await clientFor(g,anna);
for (const maxResults of [2500,250]) { t=Date.now(); let pageToken: string|undefined; let n=0,pages=0; let sync;
do { const r=(await api.events.list({calendarId:anna,maxResults,...(pageToken&&{pageToken})})).data; n+=r.items!.length; pageToken=r.nextPageToken??undefined; sync=r.nextSyncToken; pages++; if(pages>=40) break;} while(pageToken);
console.log('list',maxResults,n,pages,Date.now()-t);
if(sync){ t=Date.now(); for(let i=0;i<20;i++) await api.events.list({calendarId:anna,syncToken:sync}); console.log('20 deltas',Date.now()-t);} }
t=Date.now(); for(let i=0;i<100;i++) await api.events.insert({calendarId:anna,requestBody:{summary:'x',start:{dateTime:'2026-01-01T00:00:00Z'},end:{dateTime:'2026-01-01T01:00:00Z'}}}); console.log('100 inserts http (50k, file)',Date.now()-t);
t=Date.now(); await api.events.list({calendarId:anna,timeMin:'2026-03-01T00:00:00Z',timeMax:'2026-03-02T00:00:00Z',singleEvents:true}); console.log('window',Date.now()-t);
t=Date.now(); await g.stop(); console.log('stop',Date.now()-t);
