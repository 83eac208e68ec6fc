// Sends the add-on to its Apps Script project: `npm run addon:push`. Who has the test deployment sees it at once.
import { pathToFileURL } from 'node:url';
import { type Environment, inProject, type Project } from './publish/clasp.ts';
import { command } from './publish/command.ts';

/** Force: the manifest is ours to say, and there is nobody to be asked whether it may be overwritten. */
export const send = ({ clasp }: Project): Promise<string[]> => clasp<string[]>('push', '--force');

/**
 * @returns a line for whoever asked.
 * @throws Unfit, saying what to change
 */
export function push(env: Environment, entry?: string): Promise<string> {
  const act = async (project: Project) =>
    (await send(project)).length > 0
      ? `Pushed Sidebook ${project.built.version}.`
      : 'The project holds this very build already: nothing was pushed.';
  return inProject(env, act, entry);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await command(() => push(process.env));
