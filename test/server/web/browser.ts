// A browser as far as the control panel needs one: it keeps cookies, follows redirects, and sends the forms it was shown.

interface Cookie {
  host: string;
  path: string;
  value: string;
  flags: string;
}

export interface Shown {
  status: number;
  /** Where it ended up. */
  url: URL;
  headers: Headers;
  html: string;
  /** As people read it: without tags, spaces made one. */
  text: string;
}

export class Browser {
  readonly cookies = new Map<string, Cookie>();
  readonly headers: Record<string, string>;

  constructor(headers: Record<string, string> = {}) {
    this.headers = headers;
  }

  open = (url: string | URL, headers: Record<string, string> = {}): Promise<Shown> =>
    this.#go(new URL(url), { headers });

  /** By a link of the add-on's: where it is asked whose link it is, goes on. */
  async enter(url: string): Promise<Shown> {
    const page = await this.open(url);
    return page.html.includes('action="/panel/enter"') ? this.submit(page, '/panel/enter') : page;
  }

  /** One request, no redirect followed. */
  async send(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const at = new URL(url);
    const headers = {
      ...this.headers,
      ...(init.headers as Record<string, string>),
      cookie: this.#cookiesFor(at),
    };
    const answer = await fetch(at, { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) this.#keep(at, line);
    return answer;
  }

  /** Sends the form of the page whose address ends so, with what it holds and what is typed over it. */
  async submit(page: Shown, action: string, typed: Record<string, string | string[]> = {}): Promise<Shown> {
    const { to, fields } = formOf(page, action);
    for (const [name, value] of Object.entries(typed)) {
      fields.delete(name);
      for (const one of [value].flat()) fields.append(name, one);
    }
    return this.#go(to, { method: 'POST', body: fields, headers: { origin: page.url.origin } });
  }

  async #go(url: URL, init: RequestInit): Promise<Shown> {
    let [at, request] = [url, init];
    for (let i = 0; i < 10; i++) {
      const answer = await this.send(at, request);
      const to = answer.headers.get('location');
      if (!to) {
        const html = await answer.text();
        return { status: answer.status, url: at, headers: answer.headers, html, text: textOf(html) };
      }
      [at, request] = [new URL(to, at), {}];
    }
    throw new Error(`redirected for ever: ${at}`);
  }

  #keep({ host }: URL, line: string): void {
    const [pair = '', ...flags] = line.split('; ');
    const [name = '', value = ''] = pair.split('=');
    const path = flags.find((flag) => flag.startsWith('Path='))?.slice(5) ?? '/';
    if (flags.includes('Max-Age=0')) this.cookies.delete(name);
    else this.cookies.set(name, { host, path, value, flags: flags.join('; ') });
  }

  #cookiesFor({ host, pathname }: URL): string {
    return [...this.cookies]
      .filter(([, one]) => one.host === host && `${pathname}/`.startsWith(`${one.path}/`.replace('//', '/')))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
  }
}

const unescaped = (text: string) =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => signs[name]!);
const signs: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

const textOf = (html: string) =>
  unescaped(html.replace(/<head>.*?<\/head>/s, '').replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ');

const attribute = (tag: string, name: string) => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return found === undefined ? undefined : unescaped(found);
};

/** Its address, and its fields as they stand: boxes that are ticked, choices that are made. */
function formOf({ html, url }: Shown, action: string): { to: URL; fields: URLSearchParams } {
  const forms = [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)];
  const found = forms.find(([, tag]) => attribute(tag!, 'action')?.endsWith(action) ?? action === '');
  if (!found) throw new Error(`no form leads to ${action} on ${url.pathname}: ${textOf(html)}`);
  const [, tag, inside] = found;
  const fields = new URLSearchParams();
  for (const [input] of inside!.matchAll(/<input\b[^>]*>/g)) {
    const name = attribute(input, 'name');
    const ticking = /type="(checkbox|radio)"/.test(input);
    if (!name || / disabled/.test(input) || (ticking && !/ checked/.test(input))) continue;
    fields.append(name, attribute(input, 'value') ?? (ticking ? 'on' : ''));
  }
  for (const [, select, options] of inside!.matchAll(/<select\b([^>]*)>(.*?)<\/select>/gs)) {
    const all = [...options!.matchAll(/<option\b[^>]*>/g)].map(([option]) => option);
    const chosen = all.find((option) => / selected/.test(option)) ?? all[0];
    fields.append(attribute(select!, 'name')!, attribute(chosen!, 'value')!);
  }
  return { to: new URL(attribute(tag!, 'action') ?? url.href, url), fields };
}
