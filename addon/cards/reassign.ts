// Who takes over: for each resource of a booking those that are free at its time.
import { act } from '../act.ts';
import type { Data, Env } from '../env.ts';
import { span } from '../when.ts';
import { fill } from '../words.ts';
import * as w from './widgets.ts';

export function reassignCard(data: Data<'reassign'>, env: Env): GoogleAppsScript.Card.Card {
  const { t } = env;
  const { id: bookingId, revision, zone } = data;
  const card = w.frame(t.reassignTitle, data.service);
  card.addSection(w.section(undefined, [w.paragraph(span(env, zone, data))]));
  for (const { from, to } of data.choices.slice(0, w.MOST)) {
    const gives = to.slice(0, 2 * w.MOST).map(({ id, name }) =>
      w.button(
        name,
        act(env, 'do', {
          body: { bookingId, do: { act: 'reassign', revision, from: from.id, to: id, override: false } },
          way: 'back',
        }),
      ),
    );
    card.addSection(
      w.section(fill(t.insteadOf, { name: from.name }), [w.buttons(gives) ?? w.paragraph(t.nobodyFree)]),
    );
  }
  if (data.choices.length === 0) card.addSection(w.section(undefined, [w.paragraph(t.nobodyFree)]));
  return card.build();
}
