// Which addresses the manifest lets the add-on fetch and open: prefixes of URLs, as Google matches them. Pure.

/**
 * What is wrong with a prefix; undefined if nothing is (google-facts 2.1).
 * @param loose `openLinkUrlPrefixes` may hold a lone `*`, `urlFetchWhitelist` may not
 */
export function faultInPrefix(prefix: string, loose: boolean): string | undefined {
  if (prefix === '*') return loose ? undefined : 'a lone * is for openLinkUrlPrefixes only';
  const parts = /^([a-z]+):\/\/([^/]*)(\/.*)?$/i.exec(prefix);
  if (!parts) return 'it is not a URL';
  const [, scheme, host = '', path = ''] = parts;
  if (scheme !== 'https') return 'it must begin with https://';
  if (path === '') return 'it needs a path, at least a slash';
  const labels = host.startsWith('*.') ? host.slice(2) : host;
  if (labels.includes('*')) return 'only one *. is allowed, at its beginning';
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?$/i.test(labels)) return 'it needs a full domain';
  return undefined;
}

/** Whether a URL begins with one of the prefixes: scheme and host without regard to case, the path with it. */
export function isCovered(address: string, prefixes: string[]): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return prefixes.some((prefix) => {
    if (prefix === '*') return true;
    const parts = /^https:\/\/(\*\.)?([^/]+)(\/.*)$/i.exec(prefix);
    if (!parts || url.protocol !== 'https:' || url.username !== '' || url.password !== '') return false;
    const [, wildcard, host = '', path = ''] = parts;
    const [given, wanted] = [url.host.toLowerCase(), host.toLowerCase()];
    const sameHost = wildcard ? given.endsWith(`.${wanted}`) : given === wanted;
    return sameHost && `${url.pathname}${url.search}`.startsWith(path);
  });
}
