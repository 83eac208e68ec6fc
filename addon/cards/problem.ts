// A failure with a way on: what is wrong, what to do, and a button that does it.
import { act } from '../act.ts';
import type { Data, Env } from '../env.ts';
import * as w from './widgets.ts';

type Problem = Data<'problem'>;

const symbols: Record<Problem['code'], string> = {
  no_access: 'lock',
  wrong_account: 'switch_account',
  down: 'cloud_off',
  scope_refused: 'key_off',
  needs_reconnecting: 'link_off',
  not_found: 'search_off',
  gone: 'delete',
  outdated: 'update',
  refused: 'error',
};

export function problemCard({ code, words, next, to }: Problem, env: Env): GoogleAppsScript.Card.Card {
  const { t } = env;
  return w
    .frame(t[code])
    .addSection(
      w.section(undefined, [
        w.row({ icon: { name: symbols[code], alt: t[code] }, text: words }),
        w.paragraph(next),
        w.buttons([
          code === 'scope_refused' ? w.button(t.allow, act(env, 'allow'), true) : null,
          to ? w.panelButton(env, to === 'connect' ? t.connectGoogle : t.openPanel, to) : null,
          w.button(t.tryAgain, act(env, 'again')),
          env.root === 'event' && code !== 'down' ? w.button(t.yourDay, act(env, 'home')) : null,
        ]),
      ]),
    )
    .build();
}
