import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addSystemFlags, givenSystemOptions } from '../../../src/cli/system-flags.js';
import type { OptionsSchema } from '../../../src/plugin/options.js';
import { flag } from '../../../src/plugin/options.js';
import type { System } from '../../../src/plugin/system.js';

const left = system('left', z.object({ reads: z.enum(['log', 'follower']).default('log'), preVote: flag(true) }));
const right = system('right', z.object({ reads: z.string().optional(), maxBatch: z.coerce.number().default(8) }));

function system(name: string, options: OptionsSchema): System {
  return {
    name,
    description: `the ${name} one`,
    options,
    offers: ['read'],
    defaultNodes: 3,
    node: {
      kind: 'container',
      image: { target: name },
      command: () => ({ command: [name] }),
      clientPort: 1,
      peerPorts: [2],
      immune: {},
    },
    client: () => ({ invoke: async () => ({ type: 'fail', error: 'nobody is there' }) }),
    status: async () => ({ up: false }),
    traceCheckers: () => [],
  };
}

function given(chosen: System, ...args: string[]): Record<string, string> {
  const command = new Command('run').argument('[system]').option('--seed <number>').exitOverride();
  addSystemFlags(command, [left, right]);
  command.parse(args, { from: 'user' });
  return givenSystemOptions(command, chosen);
}

describe("flags of a system's options", () => {
  it('are the option names in kebab-case, and keep what was given as text', () => {
    expect(given(left, 'left', '--reads', 'follower', '--pre-vote', 'false')).toEqual({
      reads: 'follower',
      preVote: 'false',
    });
    expect(given(right, 'right', '--max-batch', '16', '--seed', '1')).toEqual({ maxBatch: '16' });
  });

  it('take a bare flag as true', () => {
    expect(given(left, 'left', '--pre-vote')).toEqual({ preVote: 'true' });
  });

  it('leave out what was not given, so that the defaults stay the system’s own', () => {
    expect(given(left, 'left')).toEqual({});
  });

  it('refuse a flag of another system, with a suggestion', () => {
    expect(() => given(left, 'left', '--max-batch', '16')).toThrow(/system left has no option --max-batch/);
  });

  it('refuse a system whose option would hide a flag of the command', () => {
    const clash = system('clash', z.object({ seed: z.string().optional() }));
    const command = new Command('run').option('--seed <number>');
    expect(() => addSystemFlags(command, [clash])).toThrow(/system clash has an option "seed"/);
  });
});
