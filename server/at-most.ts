// Waiting for something, but not for ever.

/**
 * What the work brings, or `late` after so many ms. Left behind, it goes on by itself, and nobody hears of its failure.
 * @throws what the work throws in time
 */
export async function atMost<T>(ms: number, work: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late');
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
