import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isDead, LABEL, labelsOf, ownerOf, thisProcess } from '../../../src/backends/docker/labels.js';

describe('the owner of containers', () => {
  it('is read back from its labels', () => {
    const owner = thisProcess();
    expect(ownerOf(labelsOf('assay-1', owner, new Date(0)))).toEqual(owner);
  });

  it('is nobody where the labels are not all there', () => {
    const { [LABEL.pidStart]: _, ...rest } = labelsOf('assay-1', thisProcess(), new Date(0));
    expect(ownerOf(rest)).toBeUndefined();
    expect(ownerOf({ 'com.example': 'theirs' })).toBeUndefined();
  });

  it('lives while its process does', () => {
    expect(isDead(thisProcess())).toBe(false);
  });

  it('is dead when its process ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    const pid = child.pid ?? 0;
    await once(child, 'exit');
    expect(isDead({ ...thisProcess(), pid })).toBe(true);
  });

  it('is dead when its process id now belongs to another process', () => {
    expect(isDead({ ...thisProcess(), pidStart: 'another boot/1' })).toBe(true);
  });

  it('counts as alive on another host, which nobody can look into from here', () => {
    expect(isDead({ host: 'elsewhere', pid: 1, pidStart: 'x' })).toBe(false);
  });
});
