// Deploying by the real clasp to a stand-in of Google: a version, and a deployment that leads to the newest.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deploy } from '../../addon/deploy.ts';
import { type ScriptGoogle, startScriptGoogle } from '../clasp/google.ts';

let google: ScriptGoogle;
let folder = '';
let entry = '';
let env: Record<string, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidebook-deploy-'));
  entry = join(folder, 'index.ts');
  google = await startScriptGoogle();
  const { scriptId: CLASP_SCRIPT_ID } = google;
  env = { ...google.env, SIDEBOOK_URL: 'https://book.example.com/', CLASP_SCRIPT_ID };
});
afterAll(async () => {
  await google.close();
  await rm(folder, { recursive: true });
});

test('a deployment is made once, and then moved on to each new version', async () => {
  await writeFile(entry, 'export const onHome = () => "first";');
  const said = await deploy(env, entry);
  const { versions, deployments } = google.project;
  expect(versions).toMatchObject([{ versionNumber: 1, files: google.project.files }]);
  expect(deployments).toMatchObject([{ versionNumber: 1, description: versions[0]?.description }]);
  const CLASP_DEPLOYMENT_ID = deployments[0]?.deploymentId ?? '';
  expect(said).toContain(`CLASP_DEPLOYMENT_ID=${CLASP_DEPLOYMENT_ID}`);

  await writeFile(entry, 'export const onHome = () => "second";');
  expect(await deploy({ ...env, CLASP_DEPLOYMENT_ID }, entry)).toContain('version 2');
  expect(deployments).toMatchObject([{ deploymentId: CLASP_DEPLOYMENT_ID, versionNumber: 2 }]);
  const sources = versions.map(({ files }) => files.find(({ name }) => name === 'Code')?.source);
  expect(sources).toEqual([expect.stringContaining('first'), expect.stringContaining('second')]);
});

test('a deployment that is not there is not made', async () => {
  const before = structuredClone(google.project.deployments);
  const missing = { ...env, CLASP_DEPLOYMENT_ID: 'AKfycb_not_there' };
  await expect(deploy(missing, entry)).rejects.toThrow(/not found.*\n.*CLASP_DEPLOYMENT_ID/);
  expect(google.project.deployments).toEqual(before);
});

test('an id that cannot be one never reaches clasp', async () => {
  google.requests.length = 0;
  await expect(deploy({ ...env, CLASP_DEPLOYMENT_ID: '--all' }, entry)).rejects.toThrow('no deployment');
  expect(google.requests).toEqual([]);
});
