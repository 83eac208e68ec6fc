import { openBrowser } from './browser.ts';
const browser = await openBrowser();
const shot = (page, n) => page.screenshot({ path: `/tmp/shots/${n}.png` });
async function open(o = {}) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...o });
  page.setDefaultTimeout(8000);
  page.on('console', (m) => console.log('console', m.text()));
  page.on('pageerror', (m) => console.log('error', m.message));
  await page.goto(`http://127.0.0.1:8085/?from=2026-11-21`);
  return page;
}
const page = await open();
const panel = page.frameLocator('#panel iframe');
await panel.locator('.card').first().waitFor();
await page.getByRole('button', { name: /^Consultation.*11-23/ }).first().click();
await panel.getByText('Reschedule').first().click();
await panel.getByText('Morning').first().waitFor();
await shot(page, '10reschedule');
await panel.getByLabel('Back').click();
await panel.getByRole('button', { name: 'Cancel' }).click();
await page.waitForTimeout(700);
await shot(page, '11cancel');
await panel.getByLabel('Back').click();
await panel.getByRole('button', { name: 'Reassign' }).click();
await page.waitForTimeout(700);
await shot(page, '12reassign');
for (const [n, who] of [['13anna', 'anna@fjordklinikken.test'], ['14cara','cara@fjordklinikken.test'], ['15siri','siri@nabolaget.test']]) {
  await page.locator('#person').selectOption(who);
  await page.waitForTimeout(1200);
  await shot(page, n);
}
await page.close();
const phone = await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
await phone.waitForTimeout(500);
await phone.getByRole('button', { name: /^Tannlege/ }).click();
await phone.waitForTimeout(500);
await shot(phone, '16phone');
await phone.locator('#rail button').click();
const pp = phone.frameLocator('#panel iframe');
await pp.getByText('Only Anna').first().waitFor();
await shot(phone, '17phone');
await browser.close();
