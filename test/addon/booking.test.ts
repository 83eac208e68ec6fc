// A booking's card through the built bundle, and each of its buttons: cancelling, moving, handing over, settling what Google shows otherwise.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../appsscript/host.ts';
import { weekdays } from '../business.ts';
import { read } from '../server/sidebar/day.ts';
import { told } from '../server/sidebar/desk.ts';
import { people, shared } from '../server/sidebar/stage.ts';
import { at, clock, type Desk, day, deskOf } from './desk.ts';
import { type AddonStage, openAddonStage } from './stage.ts';

let stage: AddonStage;
let kari: Host;
let desk: Desk;
beforeAll(async () => {
  stage = await openAddonStage();
  desk = deskOf(stage);
  kari = await stage.panel('kari');
}, 60_000);
afterAll(() => stage?.close());

describe('a booking', () => {
  test('shows who, when, with what, and links to mail and phone', async () => {
    const start = at(2, 10);
    await desk.book('Ola <i>Nordmann</i> & co', start, { instructions: 'Ring <b>first</b>' });
    const panel = await desk.open(kari, 'Ola');
    expect(panel).toMatchObject({ title: 'Ola <i>Nordmann</i> & co', crash: null, refusals: [] });
    expect(panel.text).toContain('Confirmed');
    expect(panel.text).toContain(`${clock(start)}–${clock(at(2, 11))}`);
    expect(panel.text).toContain('Anna');
    expect(panel.text).toContain('Ring <b>first</b>');
    const drawn = JSON.stringify(panel.card);
    expect(drawn).toContain('mailto:olainordmannico@mail.test');
    expect(drawn).toContain('tel:+4790000000');
    expect(panel.buttons).toEqual(expect.arrayContaining(['Reschedule', 'Reassign', 'Cancel']));
  });

  test('is cancelled on a step of its own, with a reason, once however often it is tapped', async () => {
    const { id } = await desk.book('Kåre', at(2, 12));
    await desk.open(kari, 'Kåre');
    let panel = await kari.click('Cancel');
    expect(panel.title).toBe('Cancel this booking?');
    expect(panel.text).toContain('Kåre');
    expect(panel.fields.tell).toBeTruthy();

    panel = await kari.click('Keep it');
    expect(panel.title).toBe('Kåre');
    await kari.click('Cancel');
    await kari.fill('reason', 'x'.repeat(1001));
    panel = await kari.click('Cancel the booking');
    expect(panel.notification).toBe('Reason: at most 1000 characters.');
    await kari.fill('reason', '<b>Ill</b>');
    const [one, two] = await Promise.all([
      kari.click('Cancel the booking'),
      kari.click('Cancel the booking'),
    ]);
    expect([one.crash, two.crash]).toEqual([null, null]);
    expect(await desk.find(id)).toMatchObject({ status: 'cancelled', cancelReason: '<b>Ill</b>' });
    expect(kari.panel()).toMatchObject({ title: 'Kåre' });
    expect(kari.panel().text).toContain('Cancelled');
  });

  test('a stale button changes nothing, and shows how it is now', async () => {
    const { id, revision } = await desk.book('Siv', at(2, 14));
    await desk.open(kari, 'Siv');
    await kari.click('Cancel');
    await stage.call('POST', `/bookings/${id}/reschedule`, { start: at(2, 15), revision });
    const panel = await kari.click('Cancel the booking');
    expect(panel.notification).toMatch(/changed meanwhile/);
    expect(panel.text).toContain(clock(at(2, 15)));
    expect(await desk.find(id)).toMatchObject({ status: 'confirmed' });
  });

  test('the confirmation is sent again', async () => {
    const { id } = await desk.book('Again', at(2, 18));
    await desk.open(kari, 'Again');
    const panel = await kari.click('Send the confirmation again');
    expect(panel.notification).toBe('The confirmation goes out once more.');
    expect(await told(stage, id)).toEqual(['confirmation']);
  });

  test('done, and not shown up', async () => {
    await desk.book('Past One', at(0, 0), { override: true });
    await desk.open(kari, 'Past One');
    expect((await kari.click('Done')).text).toContain('Done');
    expect((await desk.named('Past One'))[0]?.status).toBe('completed');
    await desk.book('Past Two', at(0, 0), { override: true, resourceIds: [stage.resources.bert] });
    await desk.open(kari, 'Past Two');
    expect((await kari.click('No-show')).text).toContain('Did not show up');
    expect((await desk.named('Past Two'))[0]?.status).toBe('no_show');
  });

  test('in Norwegian, and in the zone of the calendar where it is not the person’s', async () => {
    await desk.book('Zoe', at(2, 16));
    const away = await stage.panel('kari', { locale: 'no', zone: 'America/New_York' });
    const panel = await desk.open(away, 'Zoe');
    expect(panel.text).toContain('Bekreftet');
    expect(panel.text).toContain(`${clock(at(2, 16))}–${clock(at(2, 17))} (Oslo)`);
    expect(panel.buttons).toEqual(expect.arrayContaining(['Flytt', 'Avlys']));
    expect(away.log.refusals).toEqual([]);
  });
});

describe('another time', () => {
  test('a day is picked, then one of its free times', async () => {
    const { id } = await desk.book('Mona', at(3, 10));
    await desk.open(kari, 'Mona');
    let panel = await kari.click('Reschedule');
    expect(panel).toMatchObject({ title: 'To another time', crash: null });
    panel = await kari.fill('date', day(at(5, 10)));
    expect(panel.text).toContain('Morning');
    panel = await kari.click('09:00');
    expect(panel.title).toBe('Mona');
    expect((await desk.find(id)).start).toBe(at(5, 9));
    expect(kari.panel().cards).toHaveLength(2);
  });

  test('a time that is taken is refused, with others to choose from', async () => {
    const { id } = await desk.book('Nils', at(3, 12));
    await desk.open(kari, 'Nils');
    await kari.click('Reschedule');
    await kari.fill('date', day(at(6, 10)));
    await desk.book('Faster', at(6, 10));
    const panel = await kari.click('10:00');
    expect(panel.crash).toBeNull();
    expect(panel.notification).toBeTruthy();
    expect(panel.title).toBe('To another time');
    expect(panel.buttons).not.toContain('10:00');
    expect((await desk.find(id)).start).toBe(at(3, 12));
  });

  test('a time of one’s own that is not offered is taken all the same, if staff say so', async () => {
    const late = await stage.business.resource({ name: 'Berit', hours: weekdays('09:00', '17:00') });
    const serviceId = await stage.business.service([{ of: [late] }], { name: 'Massage', lengthMinutes: 60 });
    const { id } = await desk.book('Odd', at(3, 14), { serviceId, resourceIds: [], override: true });
    await desk.open(kari, 'Odd');
    await kari.click('Reschedule');
    await kari.fill('time', { hours: 21, minutes: 17 });
    let panel = await kari.click('Take this time');
    expect(panel.notification).toBeTruthy();
    expect(panel.buttons).toContain('Do it all the same');
    panel = await kari.click('Do it all the same');
    expect(panel.title).toBe('Odd');
    expect((await desk.find(id)).start).toBe(new Date(Date.parse(at(3, 21)) + 17 * 60_000).toISOString());
  });
});

test('somebody else takes over: only who is free is offered', async () => {
  const { id } = await desk.book('Pia', at(4, 10));
  await desk.book('Busy', at(4, 10), { resourceIds: [stage.resources.room] });
  await desk.open(kari, 'Pia');
  let panel = await kari.click('Reassign');
  expect(panel.title).toBe('Who takes over?');
  expect(panel.buttons).toEqual(expect.arrayContaining(['Bert', 'Van']));
  expect(panel.buttons).not.toContain('Room 1');
  panel = await kari.click('Bert');
  expect(panel.title).toBe('Pia');
  expect((await desk.find(id)).resources.map(({ resourceId }) => resourceId)).toEqual([stage.resources.bert]);
});

describe('behind an event', () => {
  test('the booking is shown, and what is done with it ends on it again', async () => {
    const { id } = await desk.book('Rolf', at(4, 14));
    const eventId = await desk.eventOf(id);
    let panel = await kari.open({ calendarId: shared, id: eventId });
    expect(panel).toMatchObject({ title: 'Rolf', crash: null });
    expect(panel.cards).toHaveLength(1);
    await kari.click('Cancel');
    await kari.fill('tell', false);
    panel = await kari.click('Cancel the booking');
    expect(panel.title).toBe('Rolf');
    expect(panel.text).toContain('Cancelled');
    expect(panel.cards).toHaveLength(1);
  });

  describe('that somebody changed in Google', () => {
    beforeAll(() =>
      stage.call('PATCH', '/business', { settings: { drift: { moved: 'ask', deleted: 'ask' } } }),
    );
    /** Books and moves the event two hours on. */
    async function moved(name: string, days: number) {
      const { id } = await desk.book(name, at(days, 9));
      const eventId = await desk.eventOf(id);
      await stage.google.control.changeEvent({
        person: people.anna,
        calendar: shared,
        event: eventId,
        change: { start: { dateTime: at(days, 11) }, end: { dateTime: at(days, 12) } },
      });
      await read(stage);
      return { id, panel: await kari.open({ calendarId: shared, id: eventId }) };
    }

    test('what differs is told, and taken over', async () => {
      const { id, panel } = await moved('Drift', 9);
      expect(panel.text).toContain('Google Calendar shows it otherwise');
      const after = await kari.click('Apply Google’s');
      expect(after.notification).toBe('The booking is now as Google shows it.');
      expect(after.text).not.toContain('shows it otherwise');
      expect((await desk.find(id)).start).toBe(at(9, 11));
    });

    test('or put right', async () => {
      const { id } = await moved('Restore', 10);
      const after = await kari.click('Restore ours');
      expect(after.text).not.toContain('shows it otherwise');
      expect((await desk.find(id)).start).toBe(at(10, 9));
    });
  });

  test('an event in its way: moved out of it in one tap', async () => {
    const { id } = await desk.book('Hit', at(12, 9));
    await stage.type('anna', {
      summary: 'Fire drill',
      start: { dateTime: at(12, 9) },
      end: { dateTime: at(12, 10) },
    });
    await read(stage);
    const panel = await kari.open({ calendarId: shared, id: await desk.eventOf(id) });
    expect(panel.text).toContain('In its way');
    const way = panel.buttons.find((text) => text.startsWith('Move to ')) ?? '';
    const after = await kari.click(way);
    expect(after).toMatchObject({ title: 'Hit', crash: null });
    expect(after.text).not.toContain('In its way');
    expect((await desk.find(id)).start).not.toBe(at(12, 9));
  });
});
