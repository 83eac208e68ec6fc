// A booking: who, when, with what, where Google differs, what is in its way, and what can be done with it now.
import { act } from '../act.ts';
import type { Data, Env } from '../env.ts';
import { at, span, startAt } from '../when.ts';
import { fill } from '../words.ts';
import { symbols } from './free-now.ts';
import { lineRow } from './line.ts';
import * as w from './widgets.ts';

type Booking = Data<'booking'>;
type Section = GoogleAppsScript.Card.CardSection;
type Widget = GoogleAppsScript.Card.Widget;
type May = Booking['may'][number];

export function bookingCard(data: Booking, env: Env): GoogleAppsScript.Card.Card {
  const { t } = env;
  const card = w.frame(data.customer?.name ?? t.nobodyNamed, data.service);
  const sections = [
    what(data, env),
    ...data.drifts.slice(0, w.MOST).map((drift) => differs(drift, data, env)),
    ...data.collisions.slice(0, w.MOST).map((collision) => inTheWay(collision, data, env)),
    acts(data, env),
    session(data, env),
    history(data, env),
  ];
  for (const section of sections) if (section) card.addSection(section);
  card.addCardAction(
    CardService.newCardAction()
      .setText(t.openPanel)
      .setOnClickAction(act(env, 'panel', { body: { to: 'booking', id: data.id } })),
  );
  return card.build();
}

const states: Record<Booking['status'], string> = {
  held: 'hourglass_top',
  pending: 'hourglass_top',
  confirmed: 'check_circle',
  declined: 'cancel',
  expired: 'timer_off',
  cancelled: 'cancel',
  completed: 'task_alt',
  no_show: 'person_off',
};

function what(data: Booking, env: Env): Section {
  const { t } = env;
  const { status, expiresAt, seats, zone } = data;
  const ends = expiresAt && (status === 'held' || status === 'pending');
  return w.section(undefined, [
    w.row({
      icon: { name: states[status], alt: '' },
      text: t[status],
      below: ends ? fill(t.heldUntil, { at: at(env, zone, expiresAt) }) : data.cancelReason,
    }),
    w.row({ icon: { name: 'schedule', alt: '' }, text: span(env, zone, data) }),
    ...data.resources.slice(0, 2 * w.MOST).map(({ name, kind, places }) =>
      w.row({
        icon: { name: symbols[kind], alt: t[kind] },
        text: places > 1 ? fill(t.places, { name, count: places }) : name,
      }),
    ),
    seats > 1 ? w.row({ top: t.seats, text: String(seats) }) : null,
    ...contact(data, env),
    ...texts(data, env),
    data.push ? w.row({ icon: { name: 'sync', alt: '' }, text: data.push }) : null,
  ]);
}

function contact({ customer }: Booking, { t }: Env): Widget[] {
  const { email, phone } = customer ?? {};
  const rows: Widget[] = [];
  if (email)
    rows.push(
      w.row({
        icon: { name: 'mail', alt: t.mail },
        html: link(`mailto:${encodeURIComponent(email).replace('%40', '@')}`, email),
      }),
    );
  if (phone)
    rows.push(
      w.row({
        icon: { name: 'call', alt: t.phone },
        html: link(`tel:${phone.replace(/[^\d+]/g, '')}`, phone),
      }),
    );
  return rows;
}

const link = (address: string, text: string) => `<a href="${w.escaped(address)}">${w.escaped(text)}</a>`;

function texts({ instructions, notes, answers }: Booking, { t }: Env): Widget[] {
  const rows = [
    ...(instructions ? [{ top: t.instructions, text: instructions }] : []),
    ...answers.map(({ label, value }) => ({ top: label, text: value })),
    ...(notes ? [{ top: t.notes, text: notes }] : []),
  ];
  return rows.slice(0, w.MOST).map(w.row);
}

function differs({ id, words, mayApply }: Booking['drifts'][number], data: Booking, env: Env): Section {
  const settle = (how: 'apply' | 'restore') =>
    act(env, 'do', { body: { bookingId: data.id, do: { act: how, driftId: id } } });
  return w.section(env.t.differs, [
    w.row({ icon: { name: 'sync_problem', alt: '' }, text: words }),
    w.buttons([
      mayApply ? w.button(env.t.apply, settle('apply')) : null,
      w.button(env.t.restore, settle('restore'), true),
    ]),
  ]);
}

/** The ways out, each in one tap. */
function inTheWay(collision: Booking['collisions'][number], data: Booking, env: Env): Section {
  const { t } = env;
  const { id: bookingId, revision, zone, may } = data;
  const way = (what: object) =>
    act(env, 'do', { body: { bookingId, do: { ...what, revision, override: false } } });
  const moves = collision.next
    .slice(0, 3)
    .map(({ start }) =>
      w.button(fill(t.moveTo, { at: at(env, zone, start) }), way({ act: 'reschedule', start })),
    );
  const gives = collision.others.slice(0, 6).flatMap(({ id, name, kind }) => {
    const from = collision.resourceId ?? data.resources.find((resource) => resource.kind === kind)?.id;
    return from ? [w.button(fill(t.giveTo, { name }), way({ act: 'reassign', from, to: id }))] : [];
  });
  return w.section(t.inTheWay, [
    w.row({ icon: { name: 'event_busy', alt: '' }, text: collision.words }),
    w.buttons([...(may.includes('reschedule') ? moves : []), ...(may.includes('reassign') ? gives : [])]),
  ]);
}

const order: May[] = [
  'approve',
  'decline',
  'reschedule',
  'reassign',
  'complete',
  'noShow',
  'resend',
  'cancel',
];

function acts(data: Booking, env: Env): Section | null {
  const shown = order.filter((one) => data.may.includes(one));
  if (shown.length === 0) return null;
  return w.section(undefined, [
    w.buttons(shown.map((one) => w.button(env.t[one], onTap(one, data, env), one === 'approve'))),
  ]);
}

function onTap(may: May, data: Booking, env: Env): GoogleAppsScript.Card.Action {
  const { id: bookingId, revision, service, customer, zone } = data;
  if (may === 'reschedule' || may === 'reassign') return act(env, may, { body: { bookingId }, way: 'push' });
  if (may === 'cancel' || may === 'decline') {
    const words = [span(env, zone, data), customer?.name, service].filter(Boolean).join(' · ');
    return act(env, 'step', { body: { act: may, bookingId, revision, words, show: 'booking' }, way: 'push' });
  }
  return act(env, 'do', {
    body: { bookingId, do: may === 'resend' ? { act: may } : { act: may, revision } },
  });
}

function session({ session, id }: Booking, env: Env): Section | null {
  if (!session) return null;
  const others = session.bookings.filter((line) => line.id !== id).slice(0, 2 * w.MOST);
  const rows = others.map((line) => lineRow(line, env, { when: env.t[line.status], status: false }));
  const { taken, seats } = session;
  return w.folded(fill(env.t.sessionSeats, { taken, seats }), rows.length > 0 ? rows : [w.paragraph('–')]);
}

function history({ history, zone }: Booking, env: Env): Section | null {
  if (history.length === 0) return null;
  const rows = history
    .slice(0, 2 * w.MOST)
    .map(({ at: instant, words }) => w.row({ top: startAt(env, zone, instant), text: words }));
  return w.folded(env.t.history, rows);
}
