import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Interpreter } from './interpreter.js';

const folder = new URL('.', import.meta.url);
const update = process.env.UPDATE === '1';

/**
 * Each transcript is a story told to a colleague: commands, `----`, and what the nodes did. `UPDATE=1` writes what
 * they do now; read the diff, and commit it only if you can say why it changed.
 */
describe('PBFT transcripts', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
    it(`${file} happens as it is told`, async () => {
      const told = readFileSync(new URL(file, folder), 'utf8');
      const happened = await replay(told);
      if (update) writeFileSync(new URL(file, folder), happened);
      else expect(happened).toBe(told);
    });
  }
});

/** The same transcript with the outputs of today. */
async function replay(transcript: string): Promise<string> {
  const interpreter = new Interpreter();
  const result: string[] = [];
  for (const block of transcript.trimEnd().split(/\n\n+/)) {
    const [head = ''] = block.split('\n----');
    const commands = head.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const outputs: string[] = [];
    for (const command of commands) outputs.push(await interpreter.execute(command));
    result.push(commands.length === 0 ? block : `${head}\n----\n${outputs.join('\n')}`);
  }
  return `${result.join('\n\n')}\n`;
}
