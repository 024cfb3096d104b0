/** What stands in a message of PBFT, as far as it has to be known to leave something out; see the protocol's own types. */
type Fields = Readonly<Record<string, unknown>>;

/** Texts of messages that were written: one is sent to all others, and received by each. */
const texts = new WeakMap<object, string>();

/** Whether it is a message of PBFT that says more than its trace has to. */
export function isPbftMessage(message: object): boolean {
  return 'auth' in message || 'requests' in message || ('proof' in message && 'offset' in message);
}

/**
 * A message of PBFT as JSON, without what would drown the trace and convinces nobody there: signatures, MACs, the
 * operations of requests and the data of states. What a certificate says is left out where it follows from what the
 * certificate is for: of its statements only their authors remain.
 */
export function pbftMessageText(message: object): string {
  const known = texts.get(message);
  if (known !== undefined) return known;
  const text = JSON.stringify(compactPbftMessage(message));
  texts.set(message, text);
  return text;
}

/** The same as an object. One that is compact already becomes the same again. */
export function compactPbftMessage(message: object): object {
  const { auth: _, ...fields } = message as Fields;
  switch (fields.type) {
    case 'Request':
      return { type: fields.type, ...requestOf(fields), readOnly: fields.readOnly };
    case 'PrePrepare':
    case 'Batch':
      return Array.isArray(fields.requests) ? { ...fields, requests: fields.requests.map(requestOf) } : fields;
    case 'StateChunk': {
      const { data } = fields;
      const size = typeof data === 'string' && !/^\d+ characters$/.test(data) ? `${data.length} characters` : data;
      return { ...fields, proof: authorsOf(fields.proof, fields), data: size };
    }
    case 'ViewChange':
      return compactViewChange(fields);
    case 'NewView':
      return {
        ...fields,
        viewChanges: mapped(fields.viewChanges, ({ auth: __, ...change }) => compactViewChange(change)),
        prePrepares: mapped(fields.prePrepares, (header) => withoutCommon(header, fields)),
      };
    default:
      return fields;
  }
}

function requestOf({ client, timestamp }: Fields): Fields {
  return { client, timestamp };
}

function compactViewChange(change: Fields): Fields {
  return {
    ...change,
    proof: authorsOf(change.proof, { sequence: change.stable }),
    prepared: mapped(change.prepared, (claim) => ({ ...claim, proof: preparedProof(claim) })),
  };
}

/** Of a claim that a batch prepared: the author of the pre-prepare, then those of the prepares. */
function preparedProof(claim: Fields): unknown {
  const { proof } = claim;
  if (typeof proof !== 'object' || proof === null || !('prePrepare' in proof) || !('prepares' in proof)) return proof;
  const { prePrepare, prepares } = proof;
  return authorsOf([prePrepare, ...(Array.isArray(prepares) ? prepares : [])], claim);
}

/** Statements as the names of their authors; one that says something else besides is told with that. */
function authorsOf(statements: unknown, of: Fields): unknown {
  return mapped(statements, (statement) => {
    const rest = withoutCommon(statement, of);
    return Object.keys(rest).length === 1 ? rest.replica : rest;
  });
}

/** Without the signature, the type, and what it has in common with that which it is part of. */
function withoutCommon(statement: Fields, of: Fields): Fields {
  const { auth: _, type: __, ...fields } = statement;
  return Object.fromEntries(Object.entries(fields).filter(([key, value]) => key === 'replica' || of[key] !== value));
}

function mapped(list: unknown, change: (item: Fields) => unknown): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((item: unknown) => (typeof item === 'object' && item !== null ? change(item as Fields) : item));
}
