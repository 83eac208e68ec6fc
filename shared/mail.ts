// What counts as a mail address: the add-on asks before it sends what the contract would refuse.

/** As zod has it (`z.regexes.email`): ASCII alone, no two dots in a row, a domain of two parts or more. */
export const mailPattern =
  /^(?:[A-Za-z0-9_'+-]+\.)*[A-Za-z0-9_'+-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$/;
