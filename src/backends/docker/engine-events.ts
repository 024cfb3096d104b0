import { z } from 'zod';
import type { Engine } from './engine.js';
import { LABEL } from './labels.js';

const eventSchema = z.object({
  Action: z.string(),
  Actor: z.object({ Attributes: z.record(z.string(), z.string()) }),
});

interface Watcher {
  /** A container of the run ended. */
  readonly onExit: (container: string, exitCode: string) => void;
  /** The stream of events ended although nobody stopped it: the engine is gone. */
  readonly onLost: (detail: string) => void;
}

/**
 * Follows the engine's events for one run. The open stream is also how the engine's death is noticed at once.
 *
 * @returns stops watching
 */
export async function watchEvents(engine: Engine, run: string, { onExit, onLost }: Watcher): Promise<() => void> {
  const abort = new AbortController();
  const stream = await engine.ask('send its events', (docker) =>
    docker.getEvents({
      filters: { type: ['container'], event: ['die'], label: [`${LABEL.run}=${run}`] },
      abortSignal: abort.signal,
    }),
  );
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = eventSchema.safeParse(line.trim() === '' ? undefined : JSON.parse(line));
      if (event.success) onExit(event.data.Actor.Attributes.name ?? '', event.data.Actor.Attributes.exitCode ?? '?');
    }
  });
  const end = (detail: string) => {
    if (!abort.signal.aborted) onLost(detail);
  };
  stream.on('end', () => end('its stream of events ended'));
  stream.on('close', () => end('its stream of events was closed'));
  stream.on('error', (error) => end(error.message));
  return () => abort.abort();
}
