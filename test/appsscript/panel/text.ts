// Google's small HTML of card texts, made safe: only the tags it knows come through, balanced, with nothing else in them.

/** Bold, italic, underlined, struck through, links, colours, line breaks (card-service: "basic HTML formatting"). */
const TAGS: Record<string, string> = {
  b: 'b',
  strong: 'b',
  i: 'i',
  em: 'i',
  u: 'u',
  s: 's',
  strike: 's',
  del: 's',
  a: 'a',
  font: 'span',
};
const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** @param toLocal where a link leads on this machine */
export function safeHtml(html: string, toLocal: (url: string) => string): string {
  const open: string[] = [];
  let made = '';
  for (const [piece, closing, name = '', attributes = ''] of html.matchAll(
    /<(\/?)([a-z]+)((?:[^>"']|"[^"]*"|'[^']*')*)>|[^<]+|</gi,
  )) {
    const tag = TAGS[name.toLowerCase()];
    if (name === '') made += escapeHtml(decoded(piece)).replaceAll('\n', '<br>');
    else if (name.toLowerCase() === 'br') made += '<br>';
    // A tag that Google does not know is dropped, its text stays.
    else if (!tag) continue;
    else if (!closing) {
      open.push(tag);
      made += `<${tag}${kept(tag, attributes, toLocal)}>`;
    } else if (open.includes(tag)) {
      for (let last = open.pop(); last !== undefined; last = last === tag ? undefined : open.pop())
        made += `</${last}>`;
    }
  }
  return (
    made +
    open
      .reverse()
      .map((tag) => `</${tag}>`)
      .join('')
  );
}

/** The one attribute that a tag may keep. */
function kept(tag: string, attributes: string, toLocal: (url: string) => string): string {
  const value = (name: string) => {
    const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'i').exec(attributes);
    return decoded(found?.[1] ?? found?.[2] ?? '');
  };
  if (tag === 'a') {
    const address = value('href');
    if (!/^(https:\/\/|mailto:|tel:)/i.test(address)) return '';
    return ` href="${escapeHtml(toLocal(address))}" target="_blank" rel="noopener"`;
  }
  if (tag === 'span') {
    const color = value('color');
    // Google's cards have one colour for light and dark; where it cannot be read on dark, ours is made lighter.
    return /^#[0-9a-f]{3,6}$/i.test(color) ? ` class="tinted" style="--tint:${color}"` : '';
  }
  return '';
}

function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi, (all, decimal, hex, name) => {
    if (name) return NAMED[(name as string).toLowerCase()] ?? all;
    const code = decimal ? Number(decimal) : Number.parseInt(hex as string, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
