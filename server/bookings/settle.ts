// What staff settle about a booking whose time stays as it is: approved, completed, not shown up; its notes.

import { and, eq } from 'drizzle-orm';
import type * as z from 'zod';
import type { Amend } from '../../shared/api.ts';
import { allocations } from '../database/ledger.ts';
import type { Transaction } from '../database/open.ts';
import type { By } from './by.ts';
import { findBooking, type Present, unitOf } from './find.ts';
import { lockUnit } from './locks.ts';
import { amend } from './record.ts';
import { checkAnswers, mayBecome } from './rules.ts';

interface Which {
  id: string;
  revision: number;
}

export async function approve(tx: Transaction, by: By, { id, revision }: Which): Promise<Present> {
  const before = await findBooking(tx, by.catalogue.business.id, id);
  mayBecome(before.row, 'approve', by.now);
  const { businessId, sessionId } = before.row;
  await lockUnit(tx, businessId, unitOf(before.row));
  if (!sessionId)
    await tx
      .update(allocations)
      .set({ expiresAt: null })
      .where(and(eq(allocations.businessId, businessId), eq(allocations.unitId, id)));
  return amend(tx, by, {
    before,
    revision,
    action: 'approve',
    set: { status: 'confirmed', expiresAt: null },
  });
}

export async function complete(tx: Transaction, by: By, { id, revision }: Which): Promise<Present> {
  const before = await findBooking(tx, by.catalogue.business.id, id);
  mayBecome(before.row, 'complete', by.now);
  return amend(tx, by, { before, revision, action: 'complete', set: { status: 'completed' } });
}

export async function noShow(tx: Transaction, by: By, { id, revision }: Which): Promise<Present> {
  const before = await findBooking(tx, by.catalogue.business.id, id);
  mayBecome(before.row, 'no_show', by.now);
  return amend(tx, by, { before, revision, action: 'no_show', set: { status: 'no_show' } });
}

/** Notes, special instructions and answers; what is not given stays. */
export async function amendText(
  tx: Transaction,
  by: By,
  ask: { id: string } & z.output<typeof Amend>,
): Promise<Present> {
  const { id, revision, ...given } = ask;
  const before = await findBooking(tx, by.catalogue.business.id, id);
  mayBecome(before.row, 'amend', by.now);
  const questions = by.catalogue.offers.get(before.row.serviceId)!.row.questions;
  if (given.answers) checkAnswers(questions, given.answers);
  return amend(tx, by, { before, revision, action: 'amend', set: given });
}
