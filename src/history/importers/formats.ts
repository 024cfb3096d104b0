import { AssayError } from '../../kernel/errors.js';
import type { DialectOptions } from './dialects.js';
import { EtcdOperations } from './etcd-operations.js';
import { excerpt, type Importer } from './importer.js';
import { JepsenForms } from './jepsen-forms.js';
import { JepsenLog, LOG_LINE } from './jepsen-log.js';

/** The histories of other tools. */
const IMPORTED = {
  'jepsen-edn': {
    title: 'EDN maps, as of Jepsen, Knossos, Maelstrom and Porcupine',
    create: (file: string, options: DialectOptions): Importer => new JepsenForms(file, 'edn', options),
  },
  'jepsen-log': {
    title: "lines of Jepsen's log, or of its history.txt",
    create: (file: string, options: DialectOptions): Importer => new JepsenLog(file, options),
  },
  'elle-json': {
    title: 'JSON operations, as elle-cli takes them',
    create: (file: string, options: DialectOptions): Importer => new JepsenForms(file, 'json', options),
  },
  'etcd-robustness': {
    title: "operations.json of etcd's robustness tests",
    create: (file: string): Importer => new EtcdOperations(file),
  },
} as const;

export type ImportedFormat = keyof typeof IMPORTED;
export type HistoryFormat = 'assay' | ImportedFormat;

/** Every format, with what it is in words. */
export const FORMATS: Readonly<Record<HistoryFormat, string>> = {
  assay: "Assay's own NDJSON events",
  'jepsen-edn': IMPORTED['jepsen-edn'].title,
  'jepsen-log': IMPORTED['jepsen-log'].title,
  'elle-json': IMPORTED['elle-json'].title,
  'etcd-robustness': IMPORTED['etcd-robustness'].title,
};

/** A reader of one file of another tool. `file` is its name, for messages. */
export function importer(format: ImportedFormat, file: string, options: DialectOptions = {}): Importer {
  return IMPORTED[format].create(file, options);
}

/**
 * Which format a file has, by how it begins: some thousand characters suffice.
 *
 * @throws AssayError `bad-file` when it is none that is known
 */
export function detectFormat(head: string, file: string): HistoryFormat {
  const start = head.replace(/^[\s\ufeff]+/, '');
  if (/^(\[\s*)?\{\s*"/.test(start)) return jsonFormat(start);
  // A map, a list or vector of maps, a tag before either, a comment.
  if (/^([[(]\s*)?\{\s*[:}#]/.test(start) || /^([[(]\s*)?[#;]/.test(start) || /^[[(]\s*[;)\]]/.test(start)) {
    if (/^([[(]\s*)?(#[\w.:/-]*\s*[{([]|;|#_)/.test(start) || !start.startsWith('#')) return 'jepsen-edn';
  }
  if (head.split('\n').some((line) => LOG_LINE.test(line))) return 'jepsen-log';
  // What was cut off or damaged in its first line is still told apart by what its lines look like.
  if (/^\s*\{"kind"\s*:/m.test(head)) return 'assay';
  if (/^\s*\{\s*:/m.test(head)) return 'jepsen-edn';
  throw new AssayError(
    'bad-file',
    `${file} does not begin like any history that is known: ${excerpt(start)}`,
    `Known are ${Object.entries(FORMATS)
      .map(([name, title]) => `${name} (${title})`)
      .join(', ')}. Name the file's with --format.`,
  );
}

function jsonFormat(start: string): HistoryFormat {
  // The keys of the first object decide; of events, ours alone have a kind.
  const first = start.slice(0, 2000);
  if (/"(ClientId|Input|Call)"\s*:/.test(first)) return 'etcd-robustness';
  return /^\{[^}]*"kind"\s*:/.test(first) ? 'assay' : 'elle-json';
}
