// Ending a grant at Google: what a person allowed a Google app, and what several businesses here may live by.
import { type SQL, sql } from 'drizzle-orm';
import { SealBroken } from '../auth/seal.ts';
import type { Context } from '../context.ts';
import { GoogleError } from '../google/errors.ts';
import { tokenOf } from './accounts.ts';

export interface Grant {
  businessId: string;
  /** The account's. */
  id: string;
  email: string;
  /** Sealed. */
  refreshToken: string;
  /** Of the app it was given to. */
  clientId: string;
}

/**
 * Whether another business lives by the same grant: it is of a person and an app, and revoked it ends for all. One that
 * is being disconnected counts too, for it may have events to remove yet: whoever is the last ends it.
 */
export const isShared = (
  deployment: string,
  { businessId, email, clientId }: Record<'businessId' | 'email' | 'clientId', SQL>,
): SQL<boolean> => sql`exists (
  select from accounts o left join google_apps g on g.business_id = o.business_id and o.app = 'own'
    where lower(o.email) = lower(${email}) and o.business_id <> ${businessId} and o.state <> 'disconnected'
      and coalesce(g.client_id, ${deployment}) = ${clientId})`;

export interface Ended {
  /** `ok`, or why not, as a code. */
  outcome: string;
  /** Google does not answer just now: it may be tried again. */
  passing: boolean;
}

/** Network: outside any transaction. */
export async function endGrant(
  { google, seal }: Pick<Context, 'google' | 'seal'>,
  { businessId, id, refreshToken }: Grant,
): Promise<Ended> {
  try {
    await google.revoke(tokenOf(seal, { businessId, id, refreshToken, ownApp: null }));
    return { outcome: 'ok', passing: false };
  } catch (error) {
    // A token that we cannot read any more is as good as forgotten.
    if (error instanceof SealBroken) return { outcome: 'sealed', passing: false };
    if (!(error instanceof GoogleError)) throw error;
    const { kind, code } = error;
    return { outcome: code, passing: kind === 'again' || kind === 'slow' || kind === 'unreachable' };
  }
}
