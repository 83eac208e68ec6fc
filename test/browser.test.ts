// On a machine that cannot run the browser, people are told what it lacks.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openBrowser } from './browser.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidebook-browser-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a library that is missing is named', async () => {
  const path = join(folder, 'chrome');
  const said = 'chrome: error while loading shared libraries: libnss3.so: cannot open shared object file';
  writeFileSync(path, `#!/bin/sh\necho '${said}: No such file or directory' >&2\nexit 127\n`, {
    mode: 0o755,
  });
  await expect(openBrowser(path)).rejects.toThrow(
    /does not start: it needs libnss3\.so, which this machine lacks\. Install it, or name another in CHROME_PATH\.$/,
  );
});

test('one that is not there is told by its path', async () => {
  await expect(openBrowser(join(folder, 'none'))).rejects.toThrow(/none does not start: .* CHROME_PATH\.$/);
});
