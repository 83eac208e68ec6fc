// Markdown to HTML: what our texts use, and that nothing else gets through.
import { expect, test } from 'vitest';
import { renderMarkdown } from '../../../server/web/markdown.ts';

test('headings, paragraphs, lists, bold, code and links', () => {
  const text =
    '# One\n\nTwo **bold** `code`\nand on.\n\n- [a](/b)\n- [c](mailto:d@example.com)\n\n## Three\n';
  expect(renderMarkdown(text)).toBe(
    [
      '<h1>One</h1>',
      '<p>Two <strong>bold</strong> <code>code</code> and on.</p>',
      '<ul>\n<li><a href="/b">a</a></li>\n<li><a href="mailto:d@example.com">c</a></li>\n</ul>',
      '<h2>Three</h2>',
    ].join('\n'),
  );
});

test('what is no markdown of ours stays text', () => {
  expect(renderMarkdown('<b onclick="x">&\'</b>')).toBe(
    '<p>&lt;b onclick=&quot;x&quot;&gt;&amp;&#39;&lt;/b&gt;</p>',
  );
  expect(renderMarkdown('[x](javascript:alert(1))')).not.toContain('<a');
  expect(renderMarkdown('[x](//elsewhere.example)')).not.toContain('<a');
  expect(renderMarkdown('[x](https://a"onclick="b)')).not.toMatch(/"onclick/);
});
