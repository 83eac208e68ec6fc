// Why there is no database to work with.

/** One sentence for the operator: what is wrong with the database and what to do about it. */
export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';
}
