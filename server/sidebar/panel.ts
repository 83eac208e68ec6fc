// The add-on's way into the control panel: an address that is good once, for a minute.
import * as z from 'zod';
import type { PanelLink } from '../../shared/card-api.ts';
import type { AskPanel } from '../../shared/sidebar-api.ts';
import { listFollowed } from '../calendars/follow.ts';
import { commit } from '../commit.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import { makeTicket } from '../web/session.ts';
import type { Staffer } from './staffer.ts';

type Asked = Pick<z.output<typeof AskPanel>, 'to' | 'id'>;

/** Whoever opens it is this person in the panel, for 12 hours. @throws Refusal conflict, if nobody has said where we are */
export async function panelLink(
  context: Context,
  staffer: Staffer,
  asked: Asked,
): Promise<z.output<typeof PanelLink>> {
  const { publicUrl } = context.config;
  if (!publicUrl)
    throw new Refusal(
      'conflict',
      'Nobody has said where this server is reached: its operator has to set PUBLIC_URL.',
    );
  const { business, member } = staffer;
  const path = await pathOf(context, business.id, asked);
  const wanted = { businessId: business.id, memberId: member.id, path, now: context.now() };
  const ticket = await commit(context, (tx) => makeTicket(tx, wanted));
  return { url: `${publicUrl}/panel/enter?ticket=${ticket}` };
}

const plain = {
  home: '',
  connect: '/connect',
  calendars: '/calendars',
  members: '/members',
  health: '/health',
  data: '/data',
};

/** A card may know a calendar by Google's id alone. One that is not followed leads to where that is mended. */
async function pathOf({ db }: Context, businessId: string, { to, id }: Asked): Promise<string> {
  if (to === 'booking') return z.uuid().safeParse(id).success ? `/panel/bookings/${id}` : '/panel';
  if (to !== 'calendar') return `/panel${plain[to]}`;
  const followed = await listFollowed(db, businessId);
  const found = followed.find((one) => one.id === id || one.googleId === id);
  return found ? `/panel/calendars/${found.id}` : '/panel/calendars';
}
