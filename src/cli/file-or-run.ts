import { existsSync } from 'node:fs';

/**
 * What is judged, by its path; where there is no such file or folder, the run of that name, as in other commands.
 *
 * @returns a path; where nothing bears the name, the name itself, for the reader to say so
 * @throws AssayError `not-found` where several runs begin with the name
 */
export async function fileOrRun(name: string, results: string): Promise<string> {
  if (existsSync(name)) return name;
  // Only here: a bare history does without the store's schemas.
  const { ResultsStore } = await import('../store/results.js');
  const store = new ResultsStore(results);
  return store.named(name).length === 0 ? name : store.open(name).path;
}
