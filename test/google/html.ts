// The frame of the local Google's own pages.

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A whole page; `body` is HTML already. */
export function page(title: string, body: string, script = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="/page/style.css">
<link rel="icon" href="data:,">
</head>
<body>
${body}
${script && `<script type="module" src="${script}"></script>`}
</body>
</html>
`;
}
