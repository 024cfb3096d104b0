import { describe, expect, it } from 'vitest';
import { check } from '../../../src/linearizability-checker/index.js';
import { CORPUS_MISSING, expectations, withPublished } from './corpus.js';

describe.skipIf(CORPUS_MISSING !== undefined)(
  `published histories${CORPUS_MISSING ? ` (${CORPUS_MISSING})` : ''}`,
  () => {
    const files = CORPUS_MISSING === undefined ? expectations() : [];
    for (const folder of ['etcd-jepsen/', 'knossos/', 'porcupine-kv/']) {
      it(`${folder} are judged as published`, { timeout: 60_000 }, () => {
        const options = { timeoutMs: 20_000, explain: 0 };
        const published = files.filter(([file]) => file.startsWith(folder));
        const judged = published.map(([file, expected]) => [
          file,
          withPublished(file, expected, (model, history) => check(model, history, options).verdict),
        ]);
        expect(judged.length).toBeGreaterThan(3);
        expect(judged).toEqual(published.map(([file, { valid }]) => [file, valid ? 'legal' : 'illegal']));
      });
    }
  },
);
