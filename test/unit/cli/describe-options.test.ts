import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeOptions, formatOption } from '../../../src/cli/describe-options.js';
import { durationMs, flag, numberOption } from '../../../src/plugin/options.js';

const described = describeOptions(
  z.object({
    interval: durationMs(4000).describe('mean rest'),
    jump: durationMs(250),
    preVote: flag(true),
    keys: numberOption(5, { min: 1 }),
    shape: z.enum(['halves', 'bridge']).default('halves'),
    mutant: z.enum(['double-vote']).optional(),
    title: z.string().default('none'),
  }),
);

describe('describing options', () => {
  it('knows durations, flags, numbers, choices and texts, with their defaults as people write them', () => {
    expect(described).toEqual([
      { name: 'interval', type: 'duration', default: '4s', description: 'mean rest' },
      { name: 'jump', type: 'duration', default: '250ms' },
      { name: 'preVote', type: 'flag', default: 'true' },
      { name: 'keys', type: 'number', default: '5' },
      { name: 'shape', type: 'choice', choices: ['halves', 'bridge'], default: 'halves' },
      { name: 'mutant', type: 'choice', choices: ['double-vote'] },
      { name: 'title', type: 'text', default: 'none' },
    ]);
  });

  it('says what each takes', () => {
    expect(described.map(formatOption)).toEqual([
      'interval=DURATION',
      'jump=DURATION',
      'preVote=true|false',
      'keys=NUMBER',
      'shape=halves|bridge',
      'mutant=double-vote',
      'title=TEXT',
    ]);
  });
});
