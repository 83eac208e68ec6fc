// The side panel over HTTP: one request a card. For the add-on alone, so it is left out of the API's description.
import type * as z from 'zod';
import { PanelLink, SidebarAnswer } from '../../shared/card-api.ts';
import {
  AskBooking,
  AskEvent,
  AskFreeNow,
  AskHome,
  AskNew,
  AskPanel,
  AskReassign,
  AskReschedule,
  AskSettings,
  DoAdmit,
  DoAnswer,
  DoBook,
  DoBooking,
  DoCreate,
  DoDecide,
  DoJoin,
  DoLink,
  DoProposed,
  DoSettings,
  DoUndo,
} from '../../shared/sidebar-api.ts';
import type { Routes } from '../context.ts';
import { actOnBooking } from './act.ts';
import { answerFromHome } from './answer.ts';
import { bookingCard } from './booking.ts';
import { createForOwner } from './create.ts';
import { answerProposed, decideFromCard, undoFromCard } from './decide.ts';
import { type Act, type AsPerson, doAct, doAsPerson, giveMember, people, showCard } from './door.ts';
import { eventCard } from './event.ts';
import { freeNowCard } from './free-now.ts';
import { homeCard } from './home.ts';
import { admit, join } from './join.ts';
import { linkCalendar } from './link.ts';
import { bookFromCard, newCard } from './new.ts';
import { panelLink } from './panel.ts';
import { reassignCard } from './reassign.ts';
import { rescheduleCard } from './reschedule.ts';
import { changeSettings, settingsCard } from './settings.ts';
import type { Asked, MakeCard } from './staffer.ts';

type Body<A extends Asked> = z.ZodType<A>;
const hide = true;
const config = { scope: 'none' as const, once: true };

export const sidebarRoutes: Routes = async (app, { context }) => {
  await app.register(people, { context });

  const shows = <A extends Asked>(path: string, body: Body<A>, make: MakeCard<A>) =>
    app.post(
      `/sidebar/${path}`,
      { config, schema: { hide, body, response: { 200: SidebarAnswer } } },
      (request) => showCard(context, request, { asked: request.body as A, make }),
    );
  /** `now`: the card that answers it, or that is shown where it was refused, unless the act brings one. */
  const does = <A extends Asked>(
    path: string,
    body: Body<A>,
    { act, now }: { act: Act<A>; now: MakeCard<A> },
  ) =>
    app.post(
      `/sidebar/${path}`,
      { config, schema: { hide, body, response: { 200: SidebarAnswer } } },
      (request) => doAct(context, request, { asked: request.body as A, act, now }),
    );
  const getsIn = <A extends Asked>(path: string, body: Body<A>, act: AsPerson<A>) =>
    app.post(
      `/sidebar/${path}`,
      { config, schema: { hide, body, response: { 200: SidebarAnswer } } },
      (request) => doAsPerson(context, request, { asked: request.body as A, act, now: homeCard }),
    );

  shows('home', AskHome, homeCard);
  shows('event', AskEvent, eventCard);
  shows('settings', AskSettings, settingsCard);
  shows('booking', AskBooking, bookingCard);
  shows('reschedule', AskReschedule, rescheduleCard);
  shows('reassign', AskReassign, reassignCard);
  shows('new', AskNew, newCard);
  shows('free-now', AskFreeNow, freeNowCard);

  does('booking/act', DoBooking, { act: actOnBooking, now: bookingCard });
  does('book', DoBook, {
    act: bookFromCard,
    now: (of, staffer, { serviceId, resourceIds: [resourceId], event }) =>
      newCard(of, staffer, { serviceId, resourceId, event, walkIn: false }),
  });
  does('decide', DoDecide, { act: decideFromCard, now: eventCard });
  does('undo', DoUndo, { act: undoFromCard, now: eventCard });
  does('answer', DoAnswer, { act: answerFromHome, now: homeCard });
  does('proposed', DoProposed, { act: answerProposed, now: eventCard });
  does('settings/change', DoSettings, { act: changeSettings, now: settingsCard });
  does('link', DoLink, { act: linkCalendar, now: eventCard });
  does('admit', DoAdmit, { act: admit, now: homeCard });

  getsIn('create', DoCreate, createForOwner);
  getsIn('join', DoJoin, join);

  app.post(
    '/sidebar/panel',
    { config, schema: { hide, body: AskPanel, response: { 200: PanelLink } } },
    (request) => giveMember(context, request, { asked: request.body, give: panelLink }),
  );
};
