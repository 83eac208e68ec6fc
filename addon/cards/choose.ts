// A person in several businesses says which one is meant; the choice is kept.
import { act } from '../act.ts';
import type { Data, Env } from '../env.ts';
import * as w from './widgets.ts';

export function chooseCard({ businesses }: Data<'choose'>, env: Env): GoogleAppsScript.Card.Card {
  const rows = businesses.slice(0, 4 * w.MOST).map(({ id, name, role }) =>
    w.row({
      icon: { name: 'storefront', alt: '' },
      text: name,
      below: env.t[role],
      onClick: act(env, 'chosen', { body: { businessId: id } }),
    }),
  );
  return w.frame(env.t.chooseBusiness).addSection(w.section(undefined, rows)).build();
}
