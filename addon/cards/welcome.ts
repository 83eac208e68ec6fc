// Nobody of any business yet: join one that invited them, ask colleagues, or start their own.
import { act } from '../act.ts';
import type { Data, Env } from '../env.ts';
import * as w from './widgets.ts';

type Welcome = Data<'welcome'>;

export function welcomeCard(data: Welcome, env: Env): GoogleAppsScript.Card.Card {
  const { t } = env;
  const card = w.frame(t.welcome, data.person.email);
  card.addSection(w.section(undefined, [w.paragraph(t.welcomeWords)]));
  if (data.invitations.length > 0) card.addSection(invitations(data, env));
  if (data.colleagues.length > 0) card.addSection(colleagues(data, env));
  card.addSection(
    w.section(t.start, [
      w.field(env, { name: 'name', title: t.businessName }),
      w.buttons([
        w.button(t.create, act(env, 'create'), data.invitations.length === 0),
        CardService.newTextButton()
          .setText(t.onTheWeb)
          .setOpenLink(CardService.newOpenLink().setUrl(`${SIDEBOOK_URL}panel/start`)),
      ]),
    ]),
  );
  return card.build();
}

const invitations = ({ invitations }: Welcome, env: Env) =>
  w.section(
    env.t.invited,
    invitations.slice(0, w.MOST).map(({ id, business, role }) =>
      w.row({
        text: business,
        below: env.t[role],
        button: w.button(env.t.join, act(env, 'join', { body: { joinId: id } }), true),
      }),
    ),
  );

const colleagues = ({ colleagues }: Welcome, env: Env) =>
  w.section(
    env.t.colleagues,
    colleagues.slice(0, w.MOST).map(({ id, business, asked }) =>
      w.row({
        text: business,
        below: asked ? env.t.asked : null,
        button: asked ? null : w.button(env.t.askToJoin, act(env, 'join', { body: { joinId: id } })),
      }),
    ),
  );
