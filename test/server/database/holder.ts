// A process of its own for the tests: starts the database on a folder and writes, saying what was committed.
import postgres from 'postgres';
import { startEmbedded } from '../../../server/database/embedded.ts';

const silent = () => undefined;
const { url } = await startEmbedded({
  folder: process.argv[2]!,
  log: { debug: silent, warn: console.warn, error: console.error },
});
const client = postgres(url, { onnotice: silent });
const say = (line: string) => new Promise((said) => process.stdout.write(`${line}\n`, said));
// The two must agree at any moment: a commit is whole or nothing.
await client`create table if not exists lines (number int primary key, filler text)`;
await client`create table if not exists total (lines int)`;
await client`insert into total select 0 where not exists (select from total)`;
const [found] =
  await client`select (select count(*) from lines)::int as lines, (select lines from total) as total`;
await say(JSON.stringify(found));
for (let number = found!.lines + 1; ; number++) {
  await client.begin(async (tx) => {
    await tx`insert into lines values (${number}, ${'x'.repeat(number % 3000)})`;
    await tx`update total set lines = lines + 1`;
  });
  await say(String(number));
}
