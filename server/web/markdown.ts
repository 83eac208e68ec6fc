// Markdown as far as our own texts use it: headings, paragraphs, lists, bold, code and links. All else is text.

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? sign);

/** HTML. Nothing of the text reaches it unescaped, and links lead to https, mail or our own pages only. */
export function renderMarkdown(text: string): string {
  return text
    .trim()
    .split(/\n{2,}/)
    .map((part) => renderBlock(part))
    .join('\n');
}

function renderBlock(part: string): string {
  const [, hashes, title] = /^(#{1,3}) (.+)$/.exec(part) ?? [];
  if (hashes && title) return `<h${hashes.length}>${renderInline(title)}</h${hashes.length}>`;
  const lines = part.split('\n');
  if (lines.every((line) => line.startsWith('- ')))
    return `<ul>\n${lines.map((line) => `<li>${renderInline(line.slice(2))}</li>`).join('\n')}\n</ul>`;
  return `<p>${renderInline(lines.join(' '))}</p>`;
}

const renderInline = (text: string): string =>
  escapeHtml(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\[([^\]]+)\]\(((?:https:\/\/|mailto:|\/(?!\/))[^\s)]+)\)/g, '<a href="$2">$1</a>');
