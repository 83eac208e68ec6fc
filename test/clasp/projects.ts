// Apps Script's API as far as clasp asks it: projects with their files, versions and deployments, and what it refuses.
import { Script } from 'node:vm';

export interface SourceFile {
  name: string;
  type: 'SERVER_JS' | 'HTML' | 'JSON';
  source: string;
}
interface Version {
  versionNumber: number;
  description: string;
  files: SourceFile[];
}
interface Deployment {
  deploymentId: string;
  versionNumber: number;
  description: string;
}
export interface Project {
  files: SourceFile[];
  versions: Version[];
  deployments: Deployment[];
}

/** A refusal as Google words it (script.googleapis.com, google.rpc.Status). */
export class Refused extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
const invalid = (message: string) => new Refused(400, message);

/** What a new project holds: a manifest and one empty function. */
export const newProject = (): Project => ({
  files: [
    { name: 'appsscript', type: 'JSON', source: '{\n  "timeZone": "America/New_York"\n}' },
    { name: 'Code', type: 'SERVER_JS', source: 'function myFunction() {\n  \n}\n' },
  ],
  versions: [],
  deployments: [],
});

type Body = Record<string, unknown>;

/** A JSON object with these keys and no others: Google refuses a field that it does not know. */
function only(body: unknown, ...keys: string[]): Body {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('Invalid JSON payload received. Expected an object.');
  for (const key of Object.keys(body))
    if (!keys.includes(key))
      throw invalid(`Invalid JSON payload received. Unknown name "${key}": Cannot find field.`);
  return body as Body;
}

/** PUT /content: replaces all files, or none of them. */
export function updateContent(project: Project, body: unknown): { files: SourceFile[] } {
  const { files } = only(body, 'files', 'scriptId');
  if (!Array.isArray(files) || files.length === 0) throw invalid('Request contains an invalid argument.');
  const taken = files.map(checkFile);
  const names = taken.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice)
    throw invalid(`Invalid value at 'files': a file named "${twice}" already exists in the project.`);
  if (!taken.some(({ type }) => type === 'JSON'))
    throw invalid('Project contents must include a manifest file named appsscript.');
  project.files = taken;
  return { files: taken };
}

function checkFile(body: unknown): SourceFile {
  const { name, type, source } = only(body, 'name', 'type', 'source', 'functionSet', 'createTime');
  if (typeof name !== 'string' || name === '' || /\.(js|gs|json|html|ts)$/.test(name))
    throw invalid(`Invalid file name "${String(name)}": a name has no extension.`);
  if (typeof source !== 'string') throw invalid(`File "${name}" has no source.`);
  if (type !== 'SERVER_JS' && type !== 'HTML' && type !== 'JSON')
    throw invalid(`Invalid value at 'files[0].type' (type.googleapis.com/FileType), "${String(type)}"`);
  if (type === 'JSON') checkManifest(name, source);
  if (type === 'SERVER_JS') checkScript(name, source);
  return { name, type, source };
}

function checkScript(name: string, source: string): void {
  try {
    new Script(source, { filename: name });
  } catch (error) {
    const { message, stack = '' } = error as Error;
    throw invalid(`Syntax error: ${message} line: ${/:(\d+)/.exec(stack)?.[1] ?? 1} file: ${name}`);
  }
}

const manifestKeys = [
  ...['timeZone', 'runtimeVersion', 'exceptionLogging', 'dependencies', 'oauthScopes', 'urlFetchWhitelist'],
  ...['addOns', 'webapp', 'executionApi', 'sheets'],
];

function checkManifest(name: string, source: string): void {
  if (name !== 'appsscript') throw invalid(`The only JSON file of a project is its manifest, not "${name}".`);
  const manifest = readManifest(source);
  const unknown = Object.keys(manifest).find((key) => !manifestKeys.includes(key));
  if (unknown) throw invalid(`"appsscript.json" has errors: Invalid manifest: unknown fields: [.${unknown}]`);
  const prefixes = [...listOf(manifest, 'urlFetchWhitelist'), ...linkPrefixes(manifest)];
  for (const prefix of prefixes)
    if (!/^https:\/\/(\*\.)?[\w-]+(\.[\w-]+)+(:\d+)?\/.*$/.test(prefix))
      throw invalid(`"appsscript.json" has errors: Invalid URL prefix: ${prefix}`);
}

function readManifest(source: string): Body {
  try {
    return JSON.parse(source) as Body;
  } catch {
    throw invalid('"appsscript.json" has errors: Invalid JSON.');
  }
}
function listOf(holder: Body, key: string): string[] {
  const list = holder[key] ?? [];
  if (!Array.isArray(list) || list.some((one) => typeof one !== 'string'))
    throw invalid(`"appsscript.json" has errors: ${key} is no list of strings.`);
  return list as string[];
}
const linkPrefixes = (manifest: Body) =>
  listOf(((manifest.addOns as Body | undefined)?.common as Body | undefined) ?? {}, 'openLinkUrlPrefixes');

/** POST /versions: the files as they are, for good. */
export function createVersion(project: Project, body: unknown): Omit<Version, 'files'> {
  const { description = '' } = only(body, 'description');
  if (project.versions.length >= 200) throw invalid('Script has reached the limit of 200 versions.');
  const versionNumber = project.versions.length + 1;
  const version = { versionNumber, description: String(description), files: structuredClone(project.files) };
  project.versions.push(version);
  return { versionNumber, description: version.description };
}

/** POST /deployments, and PUT /deployments/{id} with the same fields one level down. */
export function deploy(project: Project, body: unknown, deploymentId?: string) {
  const config = deploymentId ? only(only(body, 'deploymentConfig').deploymentConfig, ...configKeys) : body;
  const { versionNumber, description = '', manifestFileName } = only(config, ...configKeys);
  const known = project.deployments.find((one) => one.deploymentId === deploymentId);
  if (deploymentId && !known) throw new Refused(404, 'Requested entity was not found.');
  if (manifestFileName !== 'appsscript') throw invalid('Request contains an invalid argument.');
  const version = project.versions.find((one) => one.versionNumber === versionNumber);
  if (!version) throw new Refused(404, `Version ${String(versionNumber)} was not found.`);
  const manifest = readManifest(version.files.find(({ type }) => type === 'JSON')?.source ?? '');
  // "Optional when you install a test deployment, but required when you create a versioned deployment."
  if (manifest.addOns && listOf(manifest, 'urlFetchWhitelist').length === 0)
    throw invalid('"appsscript.json" has errors: urlFetchWhitelist is required in a versioned deployment.');
  const made = known ?? { deploymentId: `AKfycb_${project.deployments.length + 1}_${'x'.repeat(20)}` };
  const deployment = Object.assign(made, {
    versionNumber: version.versionNumber,
    description: String(description),
  });
  if (!known) project.deployments.push(deployment);
  return { deploymentId: deployment.deploymentId, deploymentConfig: { ...(config as Body) } };
}
const configKeys = ['versionNumber', 'description', 'manifestFileName', 'scriptId'];
