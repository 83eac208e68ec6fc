// What can be set from the panel: each calendar's rule for undecided events and auto-fix, the language; the rest by links.
import { act } from '../act.ts';
import { type Data, type Env, LANGUAGE } from '../env.ts';
import { triggerSection } from '../triggers.ts';
import { fill } from '../words.ts';
import * as w from './widgets.ts';

type Settings = Data<'settings'>;
type Calendar = Settings['calendars'][number];

const rules = ['everybody', 'nobody', 'creator', 'ask'] as const;

export function settingsCard(data: Settings, env: Env): GoogleAppsScript.Card.Card {
  const { t } = env;
  const { business, person, businesses, connection } = data;
  const card = w.frame(t.settings, business.name);
  card.addSection(
    w.section(undefined, [
      w.row({ top: t[person.role], text: person.name || person.email, below: person.email }),
      w.dropDown({
        name: 'language',
        title: t.language,
        items: [
          { text: t.asCalendar, value: '' },
          { text: 'English', value: 'en' },
          { text: 'Norsk', value: 'nb' },
        ],
        chosen: env.kept[LANGUAGE] ?? '',
        onChange: act(env, 'language'),
      }),
      w.buttons([businesses > 1 ? w.button(t.otherBusiness, act(env, 'choose')) : null]),
    ]),
  );
  card.addSection(w.section(t.connection, [w.healthRow(env, { ...connection, next: null })]));
  // A card holds 100 sections, some of them are others.
  const shown = data.calendars.slice(0, 3 * w.MOST);
  shown.forEach((calendar, n) => {
    card.addSection(calendarSection(calendar, n, env));
  });
  if (data.calendars.length > shown.length)
    card.addSection(
      w.section(undefined, [
        w.buttons([
          w.panelButton(
            env,
            fill(t.moreInPanel, { count: data.calendars.length - shown.length }),
            'calendars',
          ),
        ]),
      ]),
    );
  if (shown.length === 0) card.addSection(w.section(t.calendars, [w.paragraph(t.noCalendars)]));
  const watched = triggerSection(env);
  if (watched) card.addSection(watched);
  return card.addSection(links(env)).build();
}

function calendarSection(calendar: Calendar, n: number, env: Env) {
  const { t } = env;
  const { id: calendarId, resources, undecided, autoFix, limits, health, mayChange } = calendar;
  const change = (setting: 'undecided' | 'autoFix', name: string) =>
    act(env, 'set', { body: { calendarId, setting, name } });
  const names = { undecided: `undecided${n}`, autoFix: `autoFix${n}` };
  const linked = resources.length > 0 ? resources.join(', ') : t.noResources;
  return w.section(calendar.name, [
    w.healthRow(env, health),
    w.row({ top: t.resources, text: w.short(linked, 300) }),
    mayChange
      ? w.dropDown({
          name: names.undecided,
          title: t.undecidedRule,
          items: rules.map((value) => ({ text: t[value], value })),
          chosen: undecided,
          onChange: change('undecided', names.undecided),
        })
      : w.row({ top: t.undecidedRule, text: t[undecided] }),
    mayChange
      ? w.onOff({
          name: names.autoFix,
          text: t.autoFix,
          below: t.autoFixWhy,
          on: autoFix,
          onChange: change('autoFix', names.autoFix),
        })
      : w.row({ top: t.autoFix, text: autoFix ? t.yes : t.no }),
    ...limits.slice(0, 10).map((limit) => w.row({ icon: { name: 'info', alt: '' }, text: limit })),
    w.buttons([w.panelButton(env, t.moreSettings, 'calendar', calendarId)]),
  ]);
}

const links = (env: Env) =>
  w.section(env.t.controlPanel, [
    w.buttons([
      w.panelButton(env, env.t.calendars, 'calendars'),
      w.panelButton(env, env.t.members, 'members'),
      w.panelButton(env, env.t.yourData, 'data'),
    ]),
  ]);
