// Cancelling and declining is a step of its own: why, and whether the customer is told. Nothing is asked of the server.
import { act } from '../act.ts';
import type { Env } from '../env.ts';
import * as w from './widgets.ts';

/** What the button before carried. */
export interface Step {
  act: 'cancel' | 'decline';
  bookingId: string;
  revision: number;
  /** Which booking: when, who, what for. */
  words: string;
  /** Which card comes after. */
  show: 'booking' | 'home';
}

export function stepCard({ words, ...body }: Step, env: Env): GoogleAppsScript.Card.Card {
  const { t } = env;
  const cancels = body.act === 'cancel';
  return w
    .frame(cancels ? t.cancelTitle : t.declineTitle)
    .addSection(
      w.section(undefined, [
        w.paragraph(words),
        w.field(env, { name: 'reason', title: t.reason, hint: t.reasonHint, long: true }),
        w.onOff({ name: 'tell', text: t.tellCustomer, on: true }),
        w.buttons([
          w.button(cancels ? t.cancelIt : t.declineIt, act(env, 'end', { body, way: 'back' }), true),
          w.button(t.keepIt, act(env, 'back')),
        ]),
      ]),
    )
    .build();
}
