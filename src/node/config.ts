import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AssayError, messageOf } from '../kernel/errors.js';

/** 32 bytes in base64url. */
const key = z.string().regex(/^[\w-]{43}$/, 'is no 32 bytes in base64url');
const keysOfNodes = z.record(z.string(), key);

const port = z.number().int().min(1).max(65_535);

/** What one node process must know; see `src/node/README.md` for an example. */
export const nodeConfigSchema = z
  .strictObject({
    /** A hosted system's name: `raft`. */
    system: z.string().min(1),
    /** Which of `nodes` this process is. */
    id: z.string().min(1),
    /** All nodes of the cluster, in the cluster's order, this one included: where their peers reach them. */
    nodes: z
      .array(z.strictObject({ id: z.string().min(1), host: z.string().min(1), peerPort: port }))
      .min(1)
      .max(99),
    /** Clients come in here: HTTP. */
    clientPort: port,
    /** Peers come in here: TCP. Defaults to the port that `nodes` gives for this node. */
    peerPort: port.optional(),
    /** The address that both ports listen on. */
    listenHost: z.string().min(1).default('0.0.0.0'),
    /** The node's own folder, made when missing: the write-ahead log and snapshots. */
    dataDir: z.string().min(1),
    /** Protocol steps are appended here as NDJSON. Without it none are recorded. */
    traceFile: z.string().min(1).optional(),
    /** The run's seed; the node draws from a fork of it that its id names. */
    seed: z.number().int().nonnegative().default(0),
    /** The system's own options, as its schema takes them. */
    options: z.record(z.string(), z.unknown()).default({}),
    /** What it signs with, and tells the others' signatures by; for systems whose nodes have keys. */
    keys: z
      .strictObject({ signingSeed: key, publicKeys: keysOfNodes, peerSecrets: keysOfNodes, clientSecret: key })
      .optional(),
    /** Opens `POST /faults/…` on the client port. */
    allowFaults: z.boolean().default(false),
  })
  .superRefine((config, context) => {
    const ids = config.nodes.map((node) => node.id);
    if (!ids.includes(config.id)) {
      context.addIssue({ code: 'custom', path: ['id'], message: `"${config.id}" is none of ${ids.join(', ')}` });
    }
    const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
    if (repeated !== undefined) {
      context.addIssue({ code: 'custom', path: ['nodes'], message: `"${repeated}" is listed twice` });
    }
  });

export type NodeConfig = z.output<typeof nodeConfigSchema>;
/** As written: fields with defaults may be left out. */
export type NodeConfigInput = z.input<typeof nodeConfigSchema>;

/** The environment variable that holds the configuration as JSON. */
export const CONFIG_VARIABLE = 'ASSAY_NODE';

/**
 * Reads the configuration from `--config FILE`, else from {@link CONFIG_VARIABLE}.
 *
 * @throws AssayError `bad-argument`, naming the field that is wrong
 */
export function readConfig(
  commandLine: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): NodeConfig {
  const wayOut = `Give --config FILE, or the same JSON in ${CONFIG_VARIABLE}; src/node/README.md has an example.`;
  const [flag, file, ...rest] = commandLine;
  if (flag !== undefined) {
    if (flag !== '--config' || file === undefined || rest.length > 0) {
      throw new AssayError('bad-argument', `unexpected arguments: ${commandLine.join(' ')}`, wayOut);
    }
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      throw new AssayError('bad-argument', `cannot read ${file}: ${messageOf(error)}`, wayOut, { cause: error });
    }
    return parseConfig(text, file);
  }
  const text = environment[CONFIG_VARIABLE];
  if (text === undefined) throw new AssayError('bad-argument', 'the node has no configuration', wayOut);
  return parseConfig(text, CONFIG_VARIABLE);
}

/**
 * @param place where the text came from, for the error
 * @throws AssayError `bad-argument`, naming the field that is wrong
 */
export function parseConfig(text: string, place: string): NodeConfig {
  const wayOut = 'Correct it; src/node/README.md lists the fields.';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new AssayError('bad-argument', `${place} is not JSON: ${messageOf(error)}`, wayOut, { cause: error });
  }
  const parsed = nodeConfigSchema.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) =>
      issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message,
    );
    throw new AssayError('bad-argument', `${place} is no node configuration: ${problems.join('; ')}`, wayOut, {
      cause: parsed.error,
    });
  }
  return parsed.data;
}
