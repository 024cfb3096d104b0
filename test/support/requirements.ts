import { existsSync } from 'node:fs';
import Docker from 'dockerode';

/**
 * What some tests need and a machine may lack. Use with `describe.skipIf(await lacksDocker())`: the reason is printed
 * once. `ASSAY_REQUIRE=docker,chromium` (CI) turns a lack into a failure, so that nothing is skipped unnoticed.
 */
const required = new Set((process.env.ASSAY_REQUIRE ?? '').split(',').filter((name) => name !== ''));

const CHROMIUM_PLACES = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** True, and said why, when no Docker engine answers. */
export async function lacksDocker(): Promise<boolean> {
  const reason = await new Docker().ping().then(
    () => undefined,
    (error: unknown) => `no Docker engine answers (${error instanceof Error ? error.message : error})`,
  );
  return lack('docker', reason);
}

/** The browser's path; undefined, and said why, when there is none. */
export function findChromium(): string | undefined {
  const path = CHROMIUM_PLACES.find((place) => place !== undefined && existsSync(place));
  lack('chromium', path === undefined ? 'no Chromium was found; set CHROMIUM_PATH' : undefined);
  return path;
}

function lack(name: string, reason: string | undefined): boolean {
  if (reason === undefined) return false;
  if (required.has(name)) throw new Error(`ASSAY_REQUIRE names ${name}, but ${reason}`);
  console.warn(`skipped: ${reason}`);
  return true;
}
