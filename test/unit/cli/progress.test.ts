import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describe as describeProgress, progressView } from '../../../src/cli/progress.js';
import type { Progress } from '../../../src/runner/run.js';

const PROGRESS: Progress = {
  phase: 'load',
  elapsedUs: 12_400_000,
  totalUs: 60_000_000,
  ok: 2401,
  fail: 12,
  info: 3,
  faults: ['partition', 'kill'],
  leader: { word: 'leader', node: 'n3' },
};

/** A stream that keeps what was written, and a clock turned by hand. */
function screen(options: { isTTY: boolean; columns?: number }) {
  const written: string[] = [];
  const time = { ms: 0, nowMs: () => time.ms };
  return { written, time, view: progressView({ ...options, write: (text) => written.push(text) }, time) };
}

beforeEach(() => vi.stubEnv('CI', undefined));
afterEach(() => vi.unstubAllEnvs());

describe('progress', () => {
  it('reads as one line', () => {
    expect(describeProgress(PROGRESS)).toBe(
      'load 12 s of 60 s · 2401 ok, 12 failed, 3 unknown · partition, kill · leader n3',
    );
  });

  it('is one line on a terminal: redrawn ten times a second, cut to the width, gone when cleared', () => {
    const { written, time, view } = screen({ isTTY: true, columns: 40 });
    for (time.ms = 0; time.ms < 1000; time.ms += 10) view.update(PROGRESS);
    expect(written).toHaveLength(10);
    for (const text of written) {
      expect(text).not.toContain('\n');
      expect(visible(text).length).toBeLessThanOrEqual(39);
    }
    view.clear();
    expect(written.at(-1)).toBe('\r\u001b[2K');
  });

  it('is a plain line every five seconds elsewhere', () => {
    const { written, time, view } = screen({ isTTY: false });
    for (time.ms = 0; time.ms < 12_000; time.ms += 200) view.update(PROGRESS);
    expect(written).toHaveLength(3);
    for (const text of written) expect(text).toMatch(/^[\x20-\x7e·]+\n$/u);
  });

  it('is plain in CI even where there is a terminal', () => {
    vi.stubEnv('CI', 'true');
    const { written, view } = screen({ isTTY: true });
    view.update(PROGRESS, '2 of 9 ');
    expect(written).toEqual([`2 of 9 ${describeProgress(PROGRESS)}\n`]);
  });
});

function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences are what is removed.
  return text.replaceAll(/\u001b\[[0-9;]*[A-Za-z]|\r/g, '');
}
