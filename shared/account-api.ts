// The contract, on with api.ts: Google accounts, how they are connected and disconnected, and how each stands.
import * as z from 'zod';
import { Id, Instant } from './api.ts';

export const NewAccount = z.strictObject({ refreshToken: z.string().min(1).max(2000) });
export const AccountState = z.enum(['connected', 'needs_reconnecting', 'disconnecting', 'disconnected']);
export const Account = z
  .object({
    id: Id,
    email: z.string(),
    scopes: z.array(z.string()),
    state: AccountState,
    app: z.enum(['deployment', 'own']).meta({ description: 'Whose Google app it was connected through.' }),
    connectedAt: Instant,
    failure: z.string().nullable().meta({ description: "Google's code for what is wrong, if anything." }),
    words: z.string().nullable().meta({ description: 'What that means, and what to do about it.' }),
  })
  .meta({ id: 'Account' });
/** Where a browser ends that no page was named for. */
export const outcomeAddress = '/panel/outcome';
/** Where the browser is sent to give consent, and where it comes back to afterwards. */
export const NewConsent = z.strictObject({
  returnTo: z
    .string()
    .max(500)
    .regex(/^\/(?!\/)[^\\]*$/, 'a path of this server, such as /panel/connect')
    .default(outcomeAddress)
    .meta({
      description:
        'Where the browser ends: a path of this server. Its query is given google (connected, refused), account, reason, missing and words. Left out: a page that says what came of it.',
    }),
  email: z.email().max(254).optional().meta({ description: 'The account that is meant, if it is known.' }),
  features: z
    .array(z.enum(['events', 'read', 'freebusy']))
    .min(1)
    .default(['events'])
    .meta({
      description:
        'What it is for: events, to read and write them; read, to read them only; freebusy, to see when calendars are busy. Only the scopes these need are asked for, on top of those given before.',
    }),
});
export const Consent = z.object({ url: z.url(), expiresAt: Instant }).meta({ id: 'Consent' });
export const GoogleApp = z
  .object({ clientId: z.string(), redirectUri: z.string(), testedAt: Instant.nullable() })
  .meta({ id: 'GoogleApp', description: "A business's own Google app. Its secret is never shown." });
export const NewGoogleApp = z.strictObject({
  clientId: z.string().trim().min(1).max(500),
  clientSecret: z.string().trim().min(1).max(500),
});
export const GoogleAppTest = z
  .object({ ok: z.boolean(), code: z.string().nullable(), words: z.string() })
  .meta({ id: 'GoogleAppTest' });
/** One line per member: whether Google lets us act for them. Installing the add-on alone gives us nothing. */
export const Connection = z
  .object({
    memberId: Id.nullable(),
    name: z.string(),
    email: z.string(),
    accountId: Id.nullable(),
    state: z.enum(['never', ...AccountState.options]),
    words: z.string(),
  })
  .meta({ id: 'Connection' });
export const Disconnect = z.strictObject({
  events: z.enum(['keep', 'remove']).meta({ description: 'What becomes of our events in Google.' }),
});
export const DisconnectPlan = z
  .object({
    calendars: z.int(),
    links: z.int(),
    channels: z.int(),
    ourEvents: z.int().meta({ description: 'Events of bookings that stand in its calendars.' }),
    removed: z.int().meta({
      description:
        'Of these, those that are deleted: all of them or none. None either if Google no longer accepts the account.',
    }),
    freed: z.int().meta({
      description: 'Events that we set Free: they stay so. Undo that first, if they are to be Busy again.',
    }),
    blocks: z.int().meta({ description: 'Blocks and openings that its events make, and that go.' }),
  })
  .meta({ id: 'DisconnectPlan' });
