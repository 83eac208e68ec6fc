// A stand-in for what clasp talks to: Google's token endpoint and the Apps Script API, over TLS, behind a proxy.
// It keeps what it is sent, and refuses what Google refuses: an unknown project, a token that is not its own, a file that
// is none, a deployment of a version that is not there. Nothing in clasp is replaced; it only gets another way out
// (HTTPS_PROXY), another certificate to trust (NODE_EXTRA_CA_CERTS) and another home with a person signed in.
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from './certificate.ts';
import { createVersion, deploy, newProject, type Project, Refused, updateContent } from './projects.ts';
import { openProxy } from './proxy.ts';

export interface ScriptGoogle {
  /** The one project there is. */
  scriptId: string;
  project: Project;
  /** Each request: method and path. */
  requests: string[];
  /** Hosts asked for that are not played. */
  strangers: string[];
  /** What a process needs in its environment to reach all this, a person being signed in. */
  env: Record<string, string>;
  /** The switch that each person has at script.google.com/home/usersettings. On at first. */
  apiEnabled: boolean;
  /** From now on Google knows neither the token nor the way to a new one. */
  signOut(): void;
  close(): Promise<void>;
}

const hosts = ['script.googleapis.com', 'www.googleapis.com', 'oauth2.googleapis.com'];

export async function startScriptGoogle(): Promise<ScriptGoogle> {
  const certificate = makeCertificate(hosts);
  const google: Omit<ScriptGoogle, 'env' | 'strangers' | 'close'> & { tokens: Set<string> } = {
    scriptId: `1${'sidebookTestProject'.repeat(3)}`,
    project: newProject(),
    requests: [],
    apiEnabled: true,
    tokens: new Set(['ya29.of-the-person', '1//of-the-person']),
    signOut: () => google.tokens.clear(),
  };
  const proxy = await openProxy({ hosts, certificate, answer: listener(google) });
  const home = await mkdtemp(join(await realpath(tmpdir()), 'sidebook-home-'));
  const person = {
    type: 'authorized_user',
    client_id: 'clasp',
    client_secret: 'of clasp',
    refresh_token: '1//of-the-person',
    access_token: 'ya29.of-the-person',
    expiry_date: 4_102_444_800_000,
  };
  await writeFile(join(home, '.clasprc.json'), JSON.stringify({ tokens: { default: person } }));
  await writeFile(join(home, 'trusted.pem'), certificate.cert);
  return Object.assign(google, {
    strangers: proxy.strangers,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: home,
      HTTPS_PROXY: proxy.url,
      NODE_EXTRA_CA_CERTS: join(home, 'trusted.pem'),
    },
    async close() {
      await proxy.close();
      await rm(home, { recursive: true });
    },
  });
}

type World = Pick<ScriptGoogle, 'scriptId' | 'project' | 'requests' | 'apiEnabled'> & { tokens: Set<string> };
interface Asked {
  host: string;
  method: string;
  path: string;
  token: string;
  body: string;
}

const listener =
  (world: World): RequestListener =>
  async (request, response) => {
    const asked = await read(request);
    world.requests.push(`${asked.method} ${asked.path}`);
    let status = 200;
    let answer: unknown;
    try {
      answer = handle(world, asked);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      status = error.code;
      answer = { error: { code: status, message: error.message, status: words[status] } };
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  };

const words: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
};

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return {
    host: request.headers.host ?? '',
    method: request.method ?? '',
    path: request.url?.split('?')[0] ?? '',
    token: /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '',
    body: Buffer.concat(chunks).toString(),
  };
}

function handle(world: World, asked: Asked): unknown {
  const { host, method, path, token, body } = asked;
  if (host === 'oauth2.googleapis.com' && `${method} ${path}` === 'POST /token') return refresh(world, body);
  if (!world.tokens.has(token))
    throw new Refused(401, 'Request had invalid authentication credentials. Expected OAuth 2 access token.');
  if (host === 'www.googleapis.com' && path === '/oauth2/v2/userinfo')
    return { id: '1', email: 'developer@example.com' };
  if (host !== 'script.googleapis.com') throw new Refused(404, 'Not Found');
  if (!world.apiEnabled)
    throw new Refused(
      403,
      'User has not enabled the Apps Script API. Enable it by visiting https://script.google.com/home/usersettings then retry.',
    );
  const [, scriptId, rest = ''] = /^\/v1\/projects\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  if (scriptId !== world.scriptId) throw new Refused(404, 'Requested entity was not found.');
  return ofProject(world.project, `${method} ${rest}`, body === '' ? undefined : JSON.parse(body));
}

function ofProject(project: Project, what: string, body: unknown): unknown {
  const id = /^PUT \/deployments\/([\w-]+)$/.exec(what)?.[1];
  if (id) return deploy(project, body, id);
  if (what === 'GET /content') return { files: project.files };
  if (what === 'PUT /content') return updateContent(project, body);
  if (what === 'POST /versions') return createVersion(project, body);
  if (what === 'POST /deployments') return deploy(project, body);
  throw new Refused(404, 'Not Found');
}

function refresh({ tokens }: World, body: string): unknown {
  const token = new URLSearchParams(body).get('refresh_token') ?? '';
  if (!tokens.has(token)) throw new Refused(400, 'invalid_grant');
  return { access_token: 'ya29.of-the-person', expires_in: 3599, token_type: 'Bearer' };
}
