import { type ProgressView, progressView } from './progress.js';
import type { Session } from './session.js';

/** Runs `work` with a progress view on stderr that is cleared when it ends. */
export async function withProgress<T>(
  session: Session,
  work: (signal: AbortSignal, view: ProgressView) => Promise<T>,
): Promise<T> {
  const view = progressView(process.stderr, { nowMs: () => performance.now() });
  session.beforeInterruptNote(view.clear);
  try {
    return await session.interruptible((signal) => work(signal, view));
  } finally {
    view.clear();
    session.beforeInterruptNote(undefined);
  }
}
