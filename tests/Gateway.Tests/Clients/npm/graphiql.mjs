// Opens the page in a browser as a person does, asks, follows, and says what the browser loaded and complained about.
import { chromium } from 'playwright-core';
import { contract, print, url } from './connect.mjs';

const [browserPath, screenshot] = process.argv.slice(5);
const origin = new URL(url).origin;
const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
const [foreign, complaints] = [[], []];
page.on('request', (request) => {
  if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url())) foreign.push(request.url());
});
page.on('console', (message) => { if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`); });
page.on('pageerror', (error) => complaints.push(String(error)));

const write = (text) => page.evaluate((value) => {
  document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue(value);
}, text);
const result = () => page.evaluate(() => document.querySelector('.result-window .CodeMirror').CodeMirror.getValue());
const patience = 30_000;

// The page reads the editor a moment after it changed, so a click may come too early: then one clicks again.
async function ask(query, expected) {
  await write(query);
  for (const end = Date.now() + patience; Date.now() < end;) {
    await page.click('.graphiql-execute-button');
    await page.waitForFunction(
      (wanted) => document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue().includes(wanted), expected,
      { timeout: 1000 }).catch(() => {});
    const text = await result();
    if (text.includes(expected)) return JSON.parse(text);
  }
  throw new Error(`${expected} did not come, but: ${await result()}`);
}

await page.goto(`${origin}/graphiql`);
await page.fill('#who', 'olga');
await page.waitForSelector('.graphiql-query-editor .CodeMirror');
const answer = await ask('{ viewer { name roles } }', 'olga');
if (screenshot) await page.screenshot({ path: screenshot });

const followed = await ask(`subscription { engagementTimeline(contractId: "${contract}") { title } }`, 'engagementTimeline');
await page.click('.graphiql-execute-button');

await page.click('[aria-label="Show Documentation Explorer"]');
const documented = await page.waitForSelector('text=contracts').then(() => true);
print({ answer, followed: Object.keys(followed.data ?? followed), documented, foreign, complaints });
await browser.close();
