import type { OperationEvent, Value } from '../events.js';
import { type Form, FormSplitter } from './forms.js';
import { excerpt, type Importer, malformedAt } from './importer.js';
import { cutOffNotes, readValue } from './jepsen-forms.js';

interface EtcdOperation {
  readonly client: number;
  readonly f: string;
  readonly input: Value;
  readonly output: Value;
  readonly callUs: number;
  /** Absent: nobody knows what became of it. */
  readonly returnUs?: number;
}

/**
 * etcd's robustness tests: `operations.json` holds one client's operations as JSON objects one after another, with the
 * times of call and return in nanoseconds (etcd-io/etcd, tests/robustness/report/client.go and model/types.go). Each
 * becomes an invocation, whose `f` is the request's type and whose value is the request, and a completion with the
 * response.
 *
 * A response with a non-empty `Error` means that nobody knows whether the request took effect; its time of return then
 * means nothing. Operations come in no common order, so they are sorted in the end.
 */
export class EtcdOperations implements Importer {
  private readonly splitter: FormSplitter;
  private readonly operations: EtcdOperation[] = [];
  private cut: string[] = [];

  constructor(private readonly file: string) {
    this.splitter = new FormSplitter(file, 'json');
  }

  push(text: string): OperationEvent[] {
    for (const form of this.splitter.push(text)) this.add(form);
    return [];
  }

  finish(): OperationEvent[] {
    this.cut = cutOffNotes(this.splitter);
    return inOrder(this.operations);
  }

  notes(): string[] {
    return this.cut;
  }

  private add(form: Form): void {
    const operation = readValue(this.file, form, 'json');
    const problem = this.read(operation as Value);
    if (problem !== undefined) {
      throw malformedAt(
        this.file,
        form,
        `${problem}: ${excerpt(form.text)}`,
        'Each operation of an operations.json is {"ClientId":1,"Input":{…},"Call":1,"Output":{…},"Return":2}.',
      );
    }
  }

  private read(operation: Value): string | undefined {
    const { ClientId: client, Input: input, Call: call, Output: output, Return: returned } = fields(operation);
    if (typeof client !== 'number' || !Number.isSafeInteger(client)) return 'an operation needs a ClientId';
    const callUs = microseconds(call);
    if (callUs === undefined) return 'an operation needs a Call in nanoseconds';
    const { Type: f } = fields(input);
    if (typeof f !== 'string') return 'an operation needs an Input with a Type';
    const read = { client, f, input: input as Value, output: output ?? null, callUs };
    const { Error: error, ClientError: clientError } = fields(output);
    const failed = [error, clientError].some((text) => typeof text === 'string' && text !== '');
    if (failed || output === undefined || output === null) {
      this.operations.push(read);
      return undefined;
    }
    const returnUs = microseconds(returned);
    if (returnUs === undefined || returnUs < callUs) return 'an operation needs a Return, not before its Call';
    this.operations.push({ ...read, returnUs });
    return undefined;
  }
}

function fields(value: Value | undefined): { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Value })
    : {};
}

function microseconds(nanoseconds: Value | undefined): number | undefined {
  const number = typeof nanoseconds === 'string' && nanoseconds !== '' ? Number(nanoseconds) : nanoseconds;
  return typeof number === 'number' && Number.isFinite(number) ? number / 1000 : undefined;
}

/**
 * As events in time order, calls before returns at equal times. A process has one operation outstanding: who invokes
 * another one, as clients of joined files may, or goes on after an unknown outcome, gets a new number.
 */
function inOrder(operations: readonly EtcdOperation[]): OperationEvent[] {
  const events: OperationEvent[] = [];
  const busyUntil = new Map<number, number>();
  const successors = new Map<number, number>();
  let next = operations.reduce((largest, { client }) => Math.max(largest, client), 0) + 1;
  for (const { client, f, input, output, callUs, returnUs } of [...operations].sort((a, b) => a.callUs - b.callUs)) {
    let process = successors.get(client) ?? client;
    if ((busyUntil.get(process) ?? Number.NEGATIVE_INFINITY) >= callUs) {
      process = next++;
      successors.set(client, process);
    }
    busyUntil.set(process, returnUs ?? Number.POSITIVE_INFINITY);
    events.push({ kind: 'invoke', timeUs: callUs, process, f, value: input });
    if (returnUs !== undefined) events.push({ kind: 'ok', timeUs: returnUs, process, f, value: output });
  }
  const rank = (event: OperationEvent) => (event.kind === 'invoke' ? 0 : 1);
  return events.sort((left, right) => left.timeUs - right.timeUs || rank(left) - rank(right));
}
