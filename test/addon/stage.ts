// What tests of the add-on stand on: the built bundle in the local Apps Script host, over HTTP to the sidebar's stage.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAddon } from '../../addon/build.ts';
import { type Host, type HostOptions, openHost } from '../appsscript/host.ts';
import { openStage, type Person, people, type Stage } from '../server/sidebar/stage.ts';

/** Where the add-on believes the server to be; the host knows where it is. */
export const https = 'https://sidebook.clinic.test/';

export interface AddonStage extends Stage {
  /** Holds the built bundle and its manifest. */
  folder: string;
  /** The panel of one person, empty; closed with the stage. */
  panel(person: Person, options?: Partial<HostOptions>): Promise<Host>;
}

/** One for a file: it takes a few seconds. `triggers`: the build that may make them. */
export async function openAddonStage({ triggers = false, env = {} } = {}): Promise<AddonStage> {
  const folder = await mkdtemp(join(tmpdir(), 'sidebook-addon-'));
  const [stage] = await Promise.all([
    openStage({ PUBLIC_URL: https.slice(0, -1), ...env }),
    buildAddon({ folder, backend: https, triggers }),
  ]);
  // Links lead to where the host believes the server to be; nothing of Google's would arrive there.
  await stage.google.control.addFault({ kind: 'lostNotice', on: 'notice' });
  const hosts: Host[] = [];
  return {
    ...stage,
    folder,
    async panel(person, options = {}) {
      const backend = { https, local: `${stage.url}/` };
      const host = await openHost({
        folder,
        person: people[person],
        google: stage.google.url,
        backend,
        ...options,
      });
      hosts.push(host);
      return host;
    },
    async close() {
      await Promise.all(hosts.map((host) => host.close()));
      await stage.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
