// Draws the icons and the banner from their SVGs, in a browser that nobody sees: `npm run publish:images`.
import { readFile, writeFile } from 'node:fs/promises';
import sparticuz from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import { imageFolder, pictures } from './pictures.ts';

const browser = await chromium.launch({
  executablePath: process.env.CHROME_PATH ?? (await sparticuz.executablePath()),
  args: ['--no-sandbox'],
});
try {
  for (const { file, width, height, drawing } of pictures) {
    const svg = await readFile(new URL(`${drawing}.svg`, imageFolder), 'utf8');
    const page = await browser.newPage({ viewport: { width, height } });
    const style = `body { margin: 0 } svg { display: block; width: ${width}px; height: ${height}px }`;
    await page.setContent(`<!doctype html><style>${style}</style>${svg}`);
    await writeFile(new URL(file, imageFolder), await page.screenshot({ omitBackground: true }));
    await page.close();
    console.log(`${file}: ${width} × ${height}`);
  }
} finally {
  await browser.close();
}
