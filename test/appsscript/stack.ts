// The cards that lie on each other in the panel, and what an answer of the add-on does to them. Pure but for itself.
import type { ActionResponse, Card, Step } from './card.ts';
import { initialValues, type Values } from './inputs.ts';

/** One card with what the person has filled in; or several to choose from, as Calendar shows them by their headers. */
export type Frame = { card: Card; values: Values } | { list: Card[] };

export class Stack {
  private frames: Frame[] = [];

  get top(): Frame | undefined {
    return this.frames.at(-1);
  }

  get depth(): number {
    return this.frames.length;
  }

  get cards(): Card[] {
    return this.frames.flatMap((frame) => ('card' in frame ? [frame.card] : []));
  }

  /** Begins anew, as a trigger does. */
  reset(cards: Card[]): void {
    this.frames = [];
    this.show(cards);
  }

  show(cards: Card[]): void {
    const [only] = cards;
    if (only) this.frames.push(cards.length === 1 ? fresh(only) : { list: cards });
  }

  push(card: Card): void {
    this.frames.push(fresh(card));
  }

  /** The last card stays. */
  pop(): void {
    if (this.frames.length > 1) this.frames.pop();
  }

  /**
   * @param keep whether the person's entries outlive the card they were made on (`Action.setPersistValues`)
   * @throws when a step leads to a card that is not there
   */
  apply({ navigation }: ActionResponse, keep: boolean): void {
    for (const step of navigation?.steps ?? []) this.take(step, keep);
  }

  private take(step: Step, keep: boolean): void {
    if (step.to === 'pushCard') this.push(step.card);
    else if (step.to === 'updateCard') this.update(step.card, keep);
    else if (step.to === 'popCard') this.pop();
    else if (step.to === 'popToRoot') this.frames.splice(1);
    else if (step.to === 'popToNamedCard') {
      const at = this.frames.findLastIndex((frame) => 'card' in frame && frame.card.name === step.name);
      if (at < 0) throw new Error(`Navigation.popToNamedCard: no card named "${step.name}" is on the stack.`);
      this.frames.splice(at + 1);
    }
  }

  private update(card: Card, keep: boolean): void {
    const old = this.frames.pop();
    const frame = fresh(card);
    if (keep && old && 'card' in old) for (const [name, value] of old.values) frame.values.set(name, value);
    this.frames.push(frame);
  }
}

function fresh(card: Card): { card: Card; values: Values } {
  return { card, values: initialValues(card) };
}
