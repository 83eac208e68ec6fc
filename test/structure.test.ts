// The rules of the house, checked: which folder may import which, no circles, no long files, first lines that say why.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = new URL('..', import.meta.url).pathname;
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
  .toString()
  .trim()
  .split('\n');
const sources = tracked.filter((path) => /\.tsx?$/.test(path));
const text = new Map(sources.map((path) => [path, readFileSync(join(root, path), 'utf8')]));

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}
const imports: Import[] = sources.flatMap((from) =>
  [
    ...text
      .get(from)!
      .matchAll(/^(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'|^import\s+'([^']+)'/gms),
  ].map(([, type, named, bare]) => {
    const specifier = (named ?? bare)!;
    const to = specifier.startsWith('.') ? normalize(join(dirname(from), specifier)) : specifier;
    return { from, to, typeOnly: Boolean(type) };
  }),
);
const ours = imports.filter(({ to }) => text.has(to));
const offending = (rule: (i: Import) => boolean) =>
  ours.filter(rule).map(({ from, to }) => `${from} -> ${to}`);
const within = (path: string, folder: string) => path.startsWith(`${folder}/`);

describe('where things are', () => {
  test('nothing else stands at the top', () => {
    const allowed = ['addon', 'server', 'shared', 'test', 'appsscript.json', '.clasp.json', 'package.json'];
    const demanded = ['tsconfig.json', 'README.md', 'package-lock.json'];
    const top = new Set(tracked.map((path) => path.split('/')[0]!).filter((name) => !name.startsWith('.')));
    expect([...top].filter((name) => ![...allowed, ...demanded].includes(name))).toEqual([]);
  });

  test('two levels under server, no more, and no path says a word twice', () => {
    const code = sources.filter((path) => within(path, 'server'));
    expect(code.filter((path) => path.split('/').length > 3)).toEqual([]);
    const twice = code.filter((path) => {
      const words = path.replace(/\.tsx?$/, '').split('/');
      return new Set(words).size < words.length;
    });
    // A folder is a noun; the file that makes, lists and finds such things may bear its name.
    expect(twice.filter((path) => !/^server\/(\w+)\/\1\.ts$/.test(path))).toEqual([]);
  });

  test('no file is named for what it is not', () => {
    const vague = /(^|\/)(utils?|helpers?|services?|managers?|common|misc|index)\.tsx?$/;
    const allowed = ['addon/index.ts', 'server/services/services.ts'];
    expect(sources.filter((path) => vague.test(path) && !allowed.includes(path))).toEqual([]);
  });

  test('no file only hands on what others export', () => {
    const barrels = sources.filter((path) => /^export\s+(\*|\{[^}]*\})\s+from/m.test(text.get(path)!));
    expect(barrels).toEqual([]);
  });

  test('nine files in ten are under 300 lines, none over 500', () => {
    const long = sources.map((path) => ({ path, lines: text.get(path)!.split('\n').length }));
    expect(long.filter(({ lines }) => lines > 500)).toEqual([]);
    expect(long.filter(({ lines }) => lines > 300).length).toBeLessThanOrEqual(sources.length / 10);
  });

  test('line one says what the file is for', () => {
    const silent = sources.filter((path) => !/^(#!.*\n)?\/\/ \S.{10,}/.test(text.get(path)!));
    expect(silent).toEqual([]);
  });
});

describe('who imports whom', () => {
  test('there are imports to check', () => expect(ours.length).toBeGreaterThan(100));

  test('every import of ours leads to a file', () => {
    const lost = imports.filter(({ to }) => /^(server|shared|addon|test)\//.test(to) && !text.has(to));
    expect(lost.filter(({ to }) => !to.endsWith('.json'))).toEqual([]);
  });

  test('nothing imports in a circle', () => {
    const circles = new Set<string>();
    const done = new Set<string>();
    const visit = (path: string, trail: string[]) => {
      if (trail.includes(path))
        return void circles.add([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      if (done.has(path)) return;
      for (const { to, typeOnly } of ours.filter((i) => i.from === path))
        if (!typeOnly) visit(to, [...trail, path]);
      done.add(path);
    };
    for (const path of sources) visit(path, []);
    expect([...circles]).toEqual([]);
  });

  test('shared knows nobody, and neither clock nor I/O', () => {
    expect(offending(({ from, to }) => within(from, 'shared') && !within(to, 'shared'))).toEqual([]);
    const acting = [...text].filter(
      ([path, code]) => within(path, 'shared') && /\b(Date\.now|fetch|process)\b|from 'node:/.test(code),
    );
    expect(acting.map(([path]) => path)).toEqual([]);
  });

  test('google/ imports nothing of ours', () =>
    expect(
      offending(({ from, to }) => within(from, 'server/google') && !within(to, 'server/google')),
    ).toEqual([]));

  test('routes.ts is imported by app.ts alone, the worker by start.ts alone', () => {
    expect(offending(({ from, to }) => to.endsWith('/routes.ts') && from !== 'server/app.ts')).toEqual([]);
    const workers = offending(({ from, to }) => to === 'server/jobs/worker.ts' && from !== 'server/start.ts');
    expect(workers.filter((line) => !line.startsWith('test/'))).toEqual([]);
  });

  test('jobs/queue.ts imports only the database', () =>
    expect(
      offending(({ from, to }) => from === 'server/jobs/queue.ts' && !within(to, 'server/database')),
    ).toEqual([]));

  test('availability <- bookings <- sync, blocks <- sync: never back', () => {
    const above: Record<string, string[]> = {
      'server/availability': ['server/bookings', 'server/sync'],
      'server/bookings': ['server/sync'],
      'server/blocks': ['server/sync'],
    };
    for (const [below, uppers] of Object.entries(above))
      expect(
        offending(({ from, to }) => within(from, below) && uppers.some((upper) => within(to, upper))),
      ).toEqual([]);
  });

  test('the product knows nothing of its tests, and the stand-ins nothing of the product', () => {
    expect(offending(({ from, to }) => !within(from, 'test') && within(to, 'test'))).toEqual([]);
    const stands = ['test/google', 'test/appsscript'];
    const standIn = ({ from }: Import) =>
      stands.some((folder) => within(from, folder)) && !from.endsWith('.test.ts');
    expect(offending((i) => standIn(i) && !stands.some((folder) => within(i.to, folder)))).toEqual([]);
  });

  test('the environment is read in config.ts alone', () => {
    const reading = [...text].filter(([path, code]) => within(path, 'server') && /process\.env/.test(code));
    expect(reading.map(([path]) => path)).toEqual(['server/config.ts']);
  });

  test('routes hold no SQL', () => {
    const routes = [...text].filter(
      ([path, code]) => path.endsWith('/routes.ts') && /drizzle-orm/.test(code),
    );
    expect(routes.map(([path]) => path)).toEqual([]);
  });
});
