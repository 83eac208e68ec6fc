// The authorization page: who are you, and may this app see your calendars?
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SCOPE_PREFIX } from './access.ts';
import { escapeHtml, page } from './html.ts';
import { secret } from './oauth.ts';
import type { Client, Code } from './oauth-data.ts';
import type { World } from './world.ts';

type Form = Record<string, string | undefined>;

const CODE_MILLISECONDS = 10 * 60_000;

/** Google answers these short names with the long ones. */
const LONG: Record<string, string> = {
  email: `${SCOPE_PREFIX}userinfo.email`,
  profile: `${SCOPE_PREFIX}userinfo.profile`,
};

interface Request {
  client: Client;
  form: Form;
  scopes: string[];
}

export function addConsent(app: FastifyInstance, world: World): void {
  app.get('/o/oauth2/v2/auth', (request, reply) => ask(world, request, reply));
  app.post('/o/oauth2/v2/auth', (request, reply) => decide(world, request, reply));
}

function read(world: World, form: Form): Request | string {
  const client = world.state.oauth.clients[form.client_id ?? ''];
  if (!client) return 'invalid_client: The OAuth client was not found.';
  if (!form.redirect_uri || !allowedRedirect(client, form.redirect_uri)) return 'redirect_uri_mismatch';
  if (form.response_type !== 'code') return 'unsupported_response_type: only "code" is known.';
  const method = form.code_challenge_method;
  if (method && method !== 'S256' && method !== 'plain') return 'invalid_request: code_challenge_method';
  const scopes = [
    ...new Set(
      (form.scope ?? '')
        .split(' ')
        .filter(Boolean)
        .map((scope) => LONG[scope] ?? scope),
    ),
  ];
  if (scopes.length === 0) return 'invalid_request: Missing required parameter: scope';
  return { client, form, scopes };
}

function allowedRedirect(client: Client, uri: string): boolean {
  if (client.redirectUris.includes(uri)) return true;
  if (!client.loopback || !URL.canParse(uri)) return false;
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(uri).hostname);
}

function ask(world: World, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const asked = read(world, request.query as Form);
  if (typeof asked === 'string') return refuse(reply, asked);
  const { form, scopes, client } = asked;
  const hinted = world.state.people.get(form.login_hint ?? '');
  if (hinted?.status === 'blockedByAdmin') return refuse(reply, 'admin_policy_enforced');
  const consented = hinted && world.state.oauth.consents[`${hinted.email} ${client.id}`];
  if (hinted && world.switches.consentAtOnce)
    return grant(world, reply, { ...asked, person: hinted.email, scopes });
  if (form.prompt === 'none') {
    if (!hinted) return redirect(reply, form, { error: 'login_required' });
    const covered = consented && scopes.every((scope) => consented.includes(scope));
    if (!covered) return redirect(reply, form, { error: 'consent_required' });
    return grant(world, reply, { ...asked, person: hinted.email, scopes });
  }
  return reply.type('text/html; charset=utf-8').send(consentPage(world, asked));
}

function decide(world: World, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const form = request.body as Form & { allowed?: string | string[] };
  const asked = read(world, form);
  if (typeof asked === 'string') return refuse(reply, asked);
  if (form.answer !== 'allow') return redirect(reply, form, { error: 'access_denied' });
  const person = world.state.people.get(form.person ?? '');
  if (!person || person.status === 'suspended') return refuse(reply, 'Choose a person.');
  if (person.status === 'blockedByAdmin') return refuse(reply, 'admin_policy_enforced');
  const allowed = [form.allowed ?? []].flat();
  const scopes = asked.scopes.filter((scope) => allowed.includes(scope) || !isCalendarScope(scope));
  return grant(world, reply, { ...asked, person: person.email, scopes });
}

function isCalendarScope(scope: string): boolean {
  return scope.startsWith(`${SCOPE_PREFIX}calendar`);
}

function grant(world: World, reply: FastifyReply, given: Request & { person: string }): FastifyReply {
  const { form, client, person, scopes } = given;
  const { oauth } = world.state;
  const key = `${person} ${client.id}`;
  const before = oauth.consents[key];
  const all = [...new Set([...(before ?? []), ...scopes])];
  oauth.consents[key] = all;
  const code: Code = {
    client: client.id,
    person,
    scopes: form.include_granted_scopes === 'true' ? all : scopes,
    redirectUri: form.redirect_uri!,
    // Only at the first consent, or when the app insists (google-facts 1.15).
    offline: form.access_type === 'offline' && (!before || (form.prompt ?? '').includes('consent')),
    expires: world.clock.now() + CODE_MILLISECONDS,
    ...(form.nonce && { nonce: form.nonce }),
  };
  if (form.code_challenge) {
    const method = form.code_challenge_method === 'S256' ? 'S256' : 'plain';
    code.challenge = { method, value: form.code_challenge };
  }
  const name = secret('4/');
  oauth.codes[name] = code;
  world.state.changed();
  return redirect(reply, form, { code: name, scope: code.scopes.join(' ') });
}

function redirect(reply: FastifyReply, form: Form, answer: Record<string, string>): FastifyReply {
  const target = new URL(form.redirect_uri!);
  if (form.state !== undefined) target.searchParams.set('state', form.state);
  for (const [name, value] of Object.entries(answer)) target.searchParams.set(name, value);
  return reply.redirect(target.href, 302);
}

function refuse(reply: FastifyReply, why: string): FastifyReply {
  const body = `<main class="card"><h1>Access blocked</h1><p>Error 400: ${escapeHtml(why)}</p></main>`;
  return reply.status(400).type('text/html; charset=utf-8').send(page('Access blocked', body));
}

function consentPage(world: World, { client, form, scopes }: Request): string {
  const people = [...world.state.people.values()].filter(({ status }) => status !== 'suspended');
  const hinted = form.login_hint ?? people[0]?.email;
  const hidden = Object.entries(form).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value ?? '')}">`,
  );
  const choices = people.map(
    ({ email, name }) =>
      `<label><input type="radio" name="person" value="${escapeHtml(email)}"${email === hinted ? ' checked' : ''}>` +
      ` ${escapeHtml(name)} <small>${escapeHtml(email)}</small></label>`,
  );
  const boxes = scopes
    .filter(isCalendarScope)
    .map(
      (scope) =>
        `<label><input type="checkbox" name="allowed" value="${escapeHtml(scope)}" checked>` +
        ` ${escapeHtml(scope.replace(SCOPE_PREFIX, ''))}</label>`,
    );
  const body = `<main class="card"><h1>${escapeHtml(client.id)} wants access to your account</h1>
<form method="post">${hidden.join('')}
<fieldset><legend>Choose an account</legend>${choices.join('')}</fieldset>
<fieldset><legend>Allow it to use</legend>${boxes.join('') || '<p>Your name and mail address</p>'}</fieldset>
<p class="actions"><button name="answer" value="deny">Cancel</button>
<button class="primary" name="answer" value="allow">Continue</button></p></form></main>`;
  return page('Sign in', body);
}
