import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Interpreter } from './interpreter.js';

const folder = new URL('.', import.meta.url);
const update = process.env.UPDATE === '1';

/**
 * Each transcript is a story told to a colleague: commands, `----`, and what the nodes did. `UPDATE=1` writes what
 * they do now; read the diff, and commit it only if you can say why it changed.
 */
describe('Raft transcripts', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
    it(`${file} happens as it is told`, () => {
      const told = readFileSync(new URL(file, folder), 'utf8');
      const happened = replay(told);
      if (update) writeFileSync(new URL(file, folder), happened);
      else expect(happened).toBe(told);
    });
  }
});

/** The same transcript with the outputs of today. */
function replay(transcript: string): string {
  const interpreter = new Interpreter();
  const blocks = transcript.trimEnd().split(/\n\n+/);
  const result = blocks.map((block) => {
    const [head = ''] = block.split('\n----');
    const commands = head.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    if (commands.length === 0) return block;
    return `${head}\n----\n${commands.map((command) => interpreter.execute(command)).join('\n')}`;
  });
  return `${result.join('\n\n')}\n`;
}
