// A local Google of its own process with one large calendar: EVENTS of it, a tenth of them series. Prints its address when it is full.
import { DAY, HOUR } from '../../shared/time.ts';
import { startGoogle } from '../google/server.ts';

export const crowdOwner = 'owner@clinic.test';
export const crowdCalendar = 'crowd@clinic.test';

const google = await startGoogle();
await google.control.createPerson({ email: crowdOwner, name: 'Owner', zone: 'Europe/Oslo' });
await google.control.createCalendar({ id: crowdCalendar, owner: crowdOwner, summary: 'Crowd' });
const first = Math.floor(Date.now() / DAY) * DAY + DAY;
for (let n = 0; n < Number(process.env.EVENTS); n++) {
  // Over the next two months, as a large shared calendar is: many at once.
  const start = first + (n % 60) * DAY + (6 + (n % 20) / 2) * HOUR;
  const dateTime = (at: number) => ({ dateTime: new Date(at).toISOString(), timeZone: 'Europe/Oslo' });
  await google.control.addEvent({
    person: crowdOwner,
    calendar: crowdCalendar,
    event: {
      summary: `Event ${n}`,
      description: 'What people write into events: a line or two, an address, a link to a document.',
      start: dateTime(start),
      end: dateTime(start + HOUR / 2),
      ...(n % 10 === 0 && { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=8'] }),
    },
  });
}
process.on('SIGTERM', () => void google.stop().then(() => process.exit(0)));
console.log(JSON.stringify({ url: google.url }));
