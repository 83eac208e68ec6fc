// Gives people what was built: pushes, keeps it as a version, and lets the deployment lead to it. `npm run addon:deploy`.
import { pathToFileURL } from 'node:url';
import { type Environment, inProject, type Project } from './publish/clasp.ts';
import { command } from './publish/command.ts';
import { Unfit } from './publish/deployment.ts';
import { send } from './push.ts';

/**
 * The first time a deployment is made; later CLASP_DEPLOYMENT_ID names it, and it is moved on to the new version, for
 * the Marketplace listing holds its id.
 * @returns lines for whoever asked, with the deployment's id.
 * @throws Unfit, saying what to change
 */
export async function deploy(env: Environment, entry?: string): Promise<string> {
  const known = env.CLASP_DEPLOYMENT_ID?.trim();
  if (known && !/^[\w-]{10,}$/.test(known))
    throw new Unfit(
      `CLASP_DEPLOYMENT_ID: ${known} is no deployment’s id: leave it out to make a deployment.`,
    );
  const act = async (project: Project) => {
    await send(project);
    const description = `Sidebook ${project.built.version}`;
    const { versionNumber } = await project.clasp<{ versionNumber: number }>('create-version', description);
    const how = ['--versionNumber', String(versionNumber), '--description', description];
    const which = known ? ['update-deployment', known] : ['create-deployment'];
    const { deploymentId } = await project.clasp<{ deploymentId: string }>(...which, ...how);
    const next = known
      ? []
      : [`Set CLASP_DEPLOYMENT_ID=${deploymentId}, and enter it in the Marketplace SDK.`];
    return [`Deployed ${description} as version ${versionNumber}: ${deploymentId}`, ...next].join('\n');
  };
  return inProject(env, act, entry);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await command(() => deploy(process.env));
