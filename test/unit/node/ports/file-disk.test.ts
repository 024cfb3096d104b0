import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileDisk } from '../../../../src/node/ports/file-disk.js';

let folder: string;
let logged: string[];
let disks: FileDisk[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-disk-'));
  logged = [];
  disks = [];
});

afterEach(async () => {
  await Promise.all(disks.map((disk) => disk.close()));
  rmSync(folder, { recursive: true, force: true });
});

function boot(beforeWrite?: () => void): FileDisk {
  const disk = new FileDisk(folder, {
    log: (_, message) => logged.push(message),
    ...(beforeWrite && { beforeWrite }),
  });
  disks.push(disk);
  return disk;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (read: Uint8Array | undefined) => (read === undefined ? undefined : new TextDecoder().decode(read));
const sync = (disk: FileDisk, file = 'wal') =>
  new Promise<void>((resolve, reject) => disk.sync(file, (error) => (error ? reject(error) : resolve())));
const replace = (disk: FileDisk, text: string, file = 'wal') =>
  new Promise<void>((resolve, reject) => {
    disk.replace(file, bytes(text), (error) => (error ? reject(error) : resolve()));
  });
const powerLoss = (tornBytes: number) => writeFileSync(join(folder, 'power-loss.json'), JSON.stringify({ tornBytes }));

describe('a disk of files', () => {
  test('appended bytes are read back at the next boot, in order', async () => {
    const disk = boot();
    expect(disk.read('wal')).toBeUndefined();
    disk.append('wal', bytes('one,'));
    disk.append('wal', bytes('two,'));
    await sync(disk);
    disk.append('wal', bytes('three'));
    await disk.close();
    expect(textOf(boot().read('wal'))).toBe('one,two,three');
  });

  test('what one turn appends goes out after what explains it, in one write', async () => {
    let announced = 0;
    const disk = boot(() => {
      announced++;
      if (existsSync(join(folder, 'wal'))) expect(readFileSync(join(folder, 'wal'))).toHaveLength(0);
    });
    for (let count = 0; count < 100; count++) disk.append('wal', bytes('x'));
    await sync(disk);
    expect(announced).toBe(1);
    expect(readFileSync(join(folder, 'wal'))).toHaveLength(100);
  });

  test('a sync covers exactly the appends before it, and its companion says so before the callback', async () => {
    const disk = boot();
    disk.append('wal', bytes('12345'));
    await sync(disk);
    expect(readFileSync(join(folder, 'wal.synced'), 'utf8').trim()).toBe('5');
    disk.append('wal', bytes('678'));
    await disk.close();
    expect(readFileSync(join(folder, 'wal'), 'utf8')).toBe('12345678');
    expect(readFileSync(join(folder, 'wal.synced'), 'utf8').trim()).toBe('5');
  });

  test('a replacement stands in the order of the appends around it and leaves no temporary file', async () => {
    const disk = boot();
    disk.append('wal', bytes('old'));
    const replaced = replace(disk, 'NEW');
    disk.append('wal', bytes('+more'));
    await replaced;
    await sync(disk);
    expect(readFileSync(join(folder, 'wal'), 'utf8')).toBe('NEW+more');
    expect(readdirSync(folder).sort()).toEqual(['wal', 'wal.synced']);
  });

  test('a cut at boot is durable and appends go on from there', async () => {
    const first = boot();
    first.append('wal', bytes('good|torn'));
    await sync(first);
    await first.close();
    const second = boot();
    expect(textOf(second.read('wal'))).toBe('good|torn');
    second.truncate('wal', 5);
    second.append('wal', bytes('next'));
    await sync(second);
    expect(readFileSync(join(folder, 'wal'), 'utf8')).toBe('good|next');
  });

  test('a disk that takes no more reports it to every later sync', async () => {
    const disk = boot();
    disk.append('wal', bytes('fine'));
    await sync(disk);
    // A real full device, behind the file's own name.
    rmSync(join(folder, 'wal'));
    await disk.close();
    symlinkSync('/dev/full', join(folder, 'wal'));
    const full = boot();
    full.append('wal', bytes('more'));
    await expect(sync(full)).rejects.toMatchObject({
      code: 'no-space',
      message: expect.stringMatching(/^cannot write .*wal: ENOSPC/),
    });
    await expect(sync(full)).rejects.toThrow(/ENOSPC/);
    await expect(replace(full, 'whole')).rejects.toThrow(/ENOSPC/);
  });

  test('an exception of a callback is not mistaken for an I/O error', async () => {
    const disk = boot();
    const uncaught = new Promise((resolve) => {
      const listeners = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.once('uncaughtException', (error) => {
        for (const listener of listeners) process.on('uncaughtException', listener);
        resolve(error);
      });
    });
    disk.sync('wal', () => {
      throw new Error('a defect of the caller');
    });
    expect(await uncaught).toMatchObject({ message: 'a defect of the caller' });
    await sync(disk);
  });
});

describe('a power failure', () => {
  test.each([
    [0, 'synced'],
    [3, 'syncedtai'],
    [99, 'syncedtail'],
  ])('with %i torn bytes leaves "%s" of what was written', async (tornBytes, left) => {
    const disk = boot();
    disk.append('wal', bytes('synced'));
    await sync(disk);
    disk.append('wal', bytes('tail'));
    await disk.close();
    powerLoss(tornBytes);
    expect(textOf(boot().read('wal'))).toBe(left);
    expect(existsSync(join(folder, 'power-loss.json'))).toBe(false);
    expect(logged.join()).toMatch(/power failure: wal lost/);
  });

  test('takes nothing from a process that was only killed', async () => {
    const disk = boot();
    disk.append('wal', bytes('synced'));
    await sync(disk);
    disk.append('wal', bytes('tail'));
    await disk.close();
    expect(textOf(boot().read('wal'))).toBe('syncedtail');
  });

  test('cannot take back what a boot recovered and acted upon', async () => {
    const first = boot();
    first.append('wal', bytes('a vote'));
    await first.close();
    expect(textOf(boot().read('wal'))).toBe('a vote');
    powerLoss(0);
    expect(textOf(boot().read('wal'))).toBe('a vote');
  });

  test('takes a whole file that was never synced', async () => {
    const disk = boot();
    disk.append('wal', bytes('never synced'));
    await disk.close();
    powerLoss(0);
    expect(textOf(boot().read('wal'))).toBe('');
  });

  test('between a rename and its note leaves the replacement whole', async () => {
    const disk = boot();
    disk.append('wal', bytes('old'));
    await sync(disk);
    await disk.close();
    writeFileSync(join(folder, 'wal'), 'a longer replacement');
    writeFileSync(join(folder, 'wal.synced'), 'whole           \n');
    writeFileSync(join(folder, 'other.tmp'), 'half a repl');
    powerLoss(0);
    expect(textOf(boot().read('wal'))).toBe('a longer replacement');
    expect(existsSync(join(folder, 'other.tmp'))).toBe(false);
  });

  test('ordered with a marker that does not say how much to tear stops the boot', () => {
    writeFileSync(join(folder, 'power-loss.json'), '{"torn": 1}');
    expect(() => boot()).toThrow(/does not say how much to tear/);
  });

  test('never takes a synced byte, never invents one: as a model of the disk says', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), text: fc.string({ minLength: 1, maxLength: 8 }) }),
      fc.record({ kind: fc.constant('sync' as const) }),
      fc.record({ kind: fc.constant('replace' as const), text: fc.string({ maxLength: 8 }) }),
      fc.record({ kind: fc.constant('power' as const), tornBytes: fc.nat(6) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        rmSync(folder, { recursive: true, force: true });
        let disk = boot();
        let written = Buffer.alloc(0);
        let synced = 0;
        for (const action of steps) {
          if (action.kind === 'append') {
            disk.append('wal', bytes(action.text));
            written = Buffer.concat([written, bytes(action.text)]);
          } else if (action.kind === 'sync') {
            await sync(disk);
            synced = written.length;
          } else if (action.kind === 'replace') {
            await replace(disk, action.text);
            written = Buffer.from(action.text);
            synced = written.length;
          } else {
            await disk.close();
            powerLoss(action.tornBytes);
            disk = boot();
            written = written.subarray(0, Math.min(written.length, synced + action.tornBytes));
            synced = written.length;
            expect(Buffer.from(disk.read('wal') ?? [])).toEqual(written);
          }
        }
        await disk.close();
        disks = [];
      }),
      { numRuns: 60 },
    );
  });
});
