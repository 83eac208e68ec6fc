// Those who ask the same while it is being found out share the answer; whoever asks later has it found out anew.

const inHand = new WeakMap<object, Map<string, Promise<unknown>>>();

/** `owner` is what the answer comes from, a connection pool say; `question` names all it depends on. */
export function share<T>(owner: object, question: string, findOut: () => Promise<T>): Promise<T> {
  const mine = inHand.get(owner) ?? new Map<string, Promise<unknown>>();
  inHand.set(owner, mine);
  const known = mine.get(question) as Promise<T> | undefined;
  if (known !== undefined) return known;
  const found = findOut().finally(() => mine.delete(question));
  mine.set(question, found);
  return found;
}
