/** Stable codes of the errors that a user of Assay can meet. */
export type ErrorCode =
  | 'bad-argument'
  | 'bad-option'
  | 'bad-file'
  | 'unknown-name'
  | 'unsupported'
  | 'no-engine'
  | 'engine-lost'
  | 'image-build'
  | 'port-taken'
  | 'no-space'
  | 'not-found'
  | 'not-ready'
  | 'plugin'
  | 'harness';

/**
 * An operating error: something outside the program is not as it must be. It is told to the user in one message,
 * with a way out; it never carries a stack to the terminal. Broken invariants throw {@link BrokenInvariant} instead.
 */
export class AssayError extends Error {
  override readonly name = 'AssayError';

  constructor(
    /** Stable, for programs and tests. */
    readonly code: ErrorCode,
    /** What is wrong, naming the file, line or option. */
    message: string,
    /** What the user can do about it. */
    readonly wayOut?: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** A defect of our own: the numbers that contradict each other are in the message. */
export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
}

/** Throws {@link BrokenInvariant} unless `condition` holds. The message is built only when it fails. */
export function invariant(condition: unknown, message: () => string): asserts condition {
  if (!condition) throw new BrokenInvariant(message());
}

/** For the end of a switch over a union: the compiler proves that no case is missing. */
export function unreachable(value: never): never {
  throw new BrokenInvariant(`unexpected case ${JSON.stringify(value)}`);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
