// A business of a sequence's own: people, calendars, resources and services by chance, and all that the model knows of them.
import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import { pulls } from '../../server/database/mirror.ts';
import { calendars, links, members } from '../../server/database/schema.ts';
import type { BusinessSettings } from '../../shared/api.ts';
import type { CalendarSettings } from '../../shared/calendar-api.ts';
import type { Decision, Meaning } from '../../shared/decide.ts';
import type { Rule } from '../../shared/rules.ts';
import { HOUR } from '../../shared/time.ts';
import { makeBusiness, roundTheClock } from '../business.ts';
import type { Control } from '../google/control.ts';
import type { Answer, Ground } from './ground.ts';
import type { Random } from './random.ts';

export interface ModelCalendar {
  key: 'shared' | 'own' | 'second' | 'dim' | 'stray';
  googleId: string;
  /** Ours; '' if it is not followed. */
  id: string;
  /** Who gives others access to it. */
  holder: string;
  zone: string;
  settings: CalendarSettings;
  rules: Rule[];
  /** In force, oldest first, with the event or series they are about. */
  decisions: (Decision & { eventId: string })[];
  deleted: boolean;
}

export interface ModelResource {
  id: string;
  names: string[];
  memberId: string | null;
  opens: 'hours' | 'openings';
  places: number;
}

export interface ModelLink {
  resourceId: string;
  calendarId: string;
  reads: boolean;
  writes: boolean;
  means: Meaning | null;
}

/** What the model knows of a booking. */
export interface ModelBooking {
  id: string;
  /** Calendars that were to show it, by the links at its last change and since: any of these sets is right. */
  placements: string[][];
  /** Links that counted once a person had taken hold of its event: a change that followed may have gone by any of them. */
  linkings: ModelLink[][];
  /** What was answered last: null when nobody can know. */
  said: { status: string; start: string } | null;
  /** Changes to its events by people, by kind; none, and no drift may be seen. */
  touched: Set<string>;
  /** Lines that people wrote into its event, unless the event was deleted since. */
  notes: { eventId: string; note: string }[];
  changes: number;
}

const settings: CalendarSettings = {
  undecided: 'everybody',
  allDay: 'busy',
  tentative: 'block',
  unanswered: 'block',
  outOfOffice: 'block',
  focusTime: 'block',
  autoFix: false,
  adopt: 'adopt',
  delayMinutes: 0,
};
const zones = ['Europe/Oslo', 'Europe/Oslo', 'America/New_York', 'Australia/Lord_Howe'];

export class Scene {
  readonly ground: Ground;
  readonly tag = randomBytes(5).toString('hex');
  /** What times are counted from: the beginning, at the full hour. */
  readonly base = Math.floor(Date.now() / HOUR) * HOUR;
  readonly owner = `owner-${this.tag}@clinic.test`;
  readonly anna = `anna-${this.tag}@clinic.test`;
  readonly bert = `bert-${this.tag}@clinic.test`;
  readonly guest = `guest-${this.tag}@elsewhere.test`;
  readonly members = new Map<string, string>();
  readonly calendars: ModelCalendar[] = [];
  readonly resources: ModelResource[] = [];
  readonly bookings = new Map<string, ModelBooking>();
  /** Events of people's making that bear a booking's mark. */
  readonly copies = new Set<string>();
  /** Events of bookings that people fetched out of the bin. */
  readonly restored = new Set<string>();
  /** Events of bookings that people have laid hands on. */
  readonly handled = new Set<string>();
  /** Of these: taken to where nobody looked, or let go with an account. */
  readonly strayed = new Set<string>();
  /** Whether people left an event Free, by calendar and id, for those that Sidebook may set Free. */
  readonly before = new Map<string, boolean>();
  /** Events that people have set Free or Busy themselves since. */
  readonly handsOn = new Set<string>();
  readonly runs: string[] = [];
  /** Calendars, by Google's id, in which events were to be set Free. */
  readonly fixed = new Set<string>();
  readonly faults: string[] = [];
  /** Whether the account has the access that it began with. */
  mended = true;
  /** The first request to Google that is this sequence's. */
  logStart = 0;
  settings: Partial<BusinessSettings> = {};
  links: ModelLink[] = [];
  services = { single: '', pair: '', asking: '' };
  businessId = '';
  key = '';
  accountId = '';

  private constructor(ground: Ground) {
    this.ground = ground;
  }

  static async open(ground: Ground, random: Random): Promise<Scene> {
    const scene = new Scene(ground);
    scene.logStart = (await ground.google.control.log()).at(-1)?.n ?? 0;
    await scene.#found(random);
    await scene.#people(random);
    await scene.#follow(random);
    return scene;
  }

  get control(): Control {
    return this.ground.google.control;
  }

  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.ground.ask(this.key, method, path, body);
  }

  /** @throws Error if the answer is no success */
  // biome-ignore lint/suspicious/noExplicitAny: as in Answer
  async must(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.ask(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  calendar(key: ModelCalendar['key']): ModelCalendar | undefined {
    return this.calendars.find((one) => one.key === key);
  }

  nameOf(googleId: string): string {
    return this.calendars.find((one) => one.googleId === googleId)?.key ?? googleId;
  }

  keyOf(calendarId: string): string {
    return this.calendars.find(({ id }) => id === calendarId)?.key ?? calendarId;
  }

  /** Those that stand in Google, followed or not. */
  standing(): ModelCalendar[] {
    return this.calendars.filter(({ deleted }) => !deleted);
  }

  /** The Google ids of the calendars that the resources are written to, by the links now or those given; sorted. */
  placed(resourceIds: readonly string[], links = this.links): string[] {
    const ids = links
      .filter((link) => link.writes && resourceIds.includes(link.resourceId))
      .map((link) => this.calendars.find(({ id }) => id === link.calendarId)?.googleId ?? '');
    return [...new Set(ids)].sort();
  }

  async #found(random: Random): Promise<void> {
    const policy = () => random.pick(['restore', 'restore', 'ask', 'follow'] as const);
    this.settings = {
      confirmSeconds: random.pick([0, 3600, 3600]),
      pushPending: random.chance(0.5),
      drift: { moved: policy(), deleted: policy(), freed: policy(), left: policy() },
    };
    const business = await makeBusiness(this.ground.db, this.settings);
    this.businessId = business.id;
    this.key = business.key;
    for (const email of [this.anna, this.bert]) {
      const id = uuid();
      await this.ground.db
        .insert(members)
        .values({ businessId: this.businessId, id, email, name: email.slice(0, 4), role: 'staff' });
      this.members.set(email, id);
    }
    const add = async (name: string, more: Partial<ModelResource> = {}) => {
      const resource = { names: [name], memberId: null, opens: 'hours' as const, places: 1, ...more };
      const { memberId, opens, places } = resource;
      const fields = {
        name,
        hours: roundTheClock,
        nicknames: resource.names.slice(1),
        memberId,
        opens,
        places,
      };
      this.resources.push({ ...resource, id: await business.resource(fields) });
    };
    await add('Anna', { memberId: this.members.get(this.anna) ?? null, names: ['Anna', 'AH'] });
    await add('Room 2', { names: ['Room 2', 'surgery'] });
    await add('Van', { places: random.pick([1, 2]) });
    await add('Bert', {
      memberId: this.members.get(this.bert) ?? null,
      opens: random.pick(['hours', 'hours', 'openings']),
    });
    const [anna = '', room = '', van = '', bert = ''] = this.resources.map(({ id }) => id);
    const step = { stepMinutes: 15, horizonDays: 60 };
    this.services = {
      single: await business.service([{ of: [anna, room, van, bert] }], step),
      pair: await business.service([{ of: [anna, bert] }, { of: [room, van] }], step),
      asking: await business.service([{ of: [anna, room, van] }], { ...step, approval: true }),
    };
  }

  async #people(random: Random): Promise<void> {
    const { control, owner, anna, bert, guest } = this;
    for (const email of [owner, anna, bert, guest])
      await control.createPerson({ email, name: email.slice(0, 4), zone: 'Europe/Oslo' });
    const secondary = async (key: ModelCalendar['key'], holder: string) => {
      const zone = random.pick(zones);
      const { id } = await control.createCalendar({ owner: holder, summary: key, zone });
      this.#know(key, { googleId: id, holder, zone });
      return id;
    };
    const shared = await secondary('shared', anna);
    for (const person of [owner, bert]) await control.share({ calendar: shared, person, role: 'writer' });
    this.#know('own', { googleId: owner, holder: owner, zone: 'Europe/Oslo' });
    for (const person of [anna, bert]) await control.share({ calendar: owner, person, role: 'writer' });
    if (random.chance(0.4)) await secondary('second', owner);
    if (random.chance(0.4)) {
      this.#know('dim', { googleId: bert, holder: bert, zone: 'Europe/Oslo' });
      await control.share({ calendar: bert, person: owner, role: 'freeBusyReader' });
    }
    await secondary('stray', owner);
  }

  #know(key: ModelCalendar['key'], of: Pick<ModelCalendar, 'googleId' | 'holder' | 'zone'>): void {
    const settings = {} as CalendarSettings;
    this.calendars.push({ ...of, key, id: '', settings, rules: [], decisions: [], deleted: false });
  }

  /** Straight into the tables: that calendars are followed and linked is what sequences begin with. */
  async #follow(random: Random): Promise<void> {
    await this.connect();
    const { businessId, accountId } = this;
    const { db } = this.ground;
    for (const calendar of this.calendars.filter(({ key }) => key !== 'stray')) {
      const { googleId, zone, key } = calendar;
      const accessRole = key === 'dim' ? 'freeBusyReader' : key === 'shared' ? 'writer' : 'owner';
      Object.assign(calendar, { id: uuid(), settings: { ...settings } });
      const row = { businessId, id: calendar.id, accountId, googleId, name: key, zone, accessRole, settings };
      await db.insert(calendars).values(row);
      await db.insert(pulls).values({ businessId, calendarId: calendar.id, watchDueAt: new Date() });
    }
    const id = (key: ModelCalendar['key']) => this.calendar(key)?.id ?? '';
    const [anna, room, van, bert] = this.resources.map((one) => one.id) as [string, string, string, string];
    const link = (resourceId: string, calendarId: string, writes = true) =>
      this.links.push({ resourceId, calendarId, reads: true, writes, means: null });
    link(anna, id('shared'));
    link(room, id('shared'));
    link(van, id('second') || id('shared'));
    link(bert, id('own'));
    if (id('dim')) link(anna, id('dim'), false);
    if (random.chance(0.3)) link(bert, id('shared'), false);
    await db.insert(links).values(this.links.map((one) => ({ ...one, businessId })));
    await this.ground.rest.ring();
  }

  async link(resourceId: string, wanted: Omit<ModelLink, 'resourceId'>[]): Promise<void> {
    await this.must('PUT', `/resources/${resourceId}/links`, { links: wanted });
    this.linked(resourceId, wanted);
  }

  linked(resourceId: string, wanted: Omit<ModelLink, 'resourceId'>[]): void {
    for (const { touched, linkings } of this.bookings.values())
      if (touched.has('moved') || touched.has('left')) linkings.push(this.links);
    this.links = [
      ...this.links.filter((link) => link.resourceId !== resourceId),
      ...wanted.map((link) => ({ ...link, resourceId })),
    ];
  }

  async connect(): Promise<void> {
    for (let tries = 1; ; tries++) {
      const { refresh_token: refreshToken } = await this.control.issueTokens({ person: this.owner });
      const { status, body } = await this.ask('POST', '/accounts', { refreshToken });
      this.accountId = body.id;
      if (status < 300) return;
      // Google ends all that a person gave the app at once: also what was given while the former was still being ended.
      if (tries === 3) throw new Error(`It cannot be connected: ${JSON.stringify(body)}`);
    }
  }

  /** Nothing more is done for it: the sequences that go on have the server for themselves. */
  async leave(): Promise<void> {
    for (const id of this.faults.splice(0)) await this.control.removeFault({ id });
    if (this.businessId === '') return;
    await this.ground.sql`
      update businesses set settings = settings || '{"push": false, "pull": false}' where id = ${this.businessId}`;
  }
}
