// A page of a list that is read by id, one row more than asked for: the row too many says that there is more.

/** `rows`: at most `limit` + 1 of them, in order of id. `next` is the cursor of the next page. */
export const asPage = <T extends { id: string }>(rows: T[], limit: number) => ({
  items: rows.slice(0, limit),
  next: rows.length > limit ? rows[limit - 1]!.id : null,
});
