// Chromium for looking at pages: one a test file, closed by who opened it.
import { launch, type Browser } from "puppeteer-core";

const CHROMIUM = "/usr/bin/chromium";

export async function openBrowser(): Promise<Browser> {
  return launch({ executablePath: CHROMIUM, headless: true, args: ["--no-sandbox", "--disable-gpu"] });
}
