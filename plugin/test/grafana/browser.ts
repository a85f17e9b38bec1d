import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@tapio/testkit';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { GrafanaServer } from './grafana-server.ts';

/** Where distributions put Chromium; `CHROMIUM_PATH` names another. */
const USUAL_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const SCREENSHOTS = join(repositoryRoot, '.tapio', 'screenshots');

/** The Chromium of this machine; undefined where there is none. */
export function chromiumPath(): string | undefined {
  const named = process.env['CHROMIUM_PATH'] ?? '';
  return [named, ...USUAL_PATHS].find((path) => path !== '' && existsSync(path));
}

/** A person in front of Grafana. Disposal closes the browser. */
export class Visitor implements AsyncDisposable {
  readonly page: Page;
  /** What went wrong in the page's own scripts. */
  readonly errors: string[] = [];
  readonly #browser: Browser;
  readonly #grafana: GrafanaServer;

  private constructor(browser: Browser, page: Page, grafana: GrafanaServer) {
    this.#browser = browser;
    this.page = page;
    this.#grafana = grafana;
    page.on('pageerror', (error) => this.errors.push(error.message));
  }

  static async logIn(grafana: GrafanaServer, executablePath: string): Promise<Visitor> {
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    const context = await browser.newContext({
      viewport: { width: 1600, height: 1100 },
      timezoneId: 'UTC',
      locale: 'en-GB',
    });
    const { user, password } = grafana.admin;
    await context.request.post(`${grafana.url}/login`, { data: { user, password } });
    return new Visitor(browser, await context.newPage(), grafana);
  }

  async open(path: string): Promise<void> {
    await this.page.goto(`${this.#grafana.url}${path}`, { waitUntil: 'domcontentloaded' });
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}
