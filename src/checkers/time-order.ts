/** What has a place on the time axis: where it was called and, if it did, where it returned. */
export interface Timed {
  readonly call: number;
  readonly return?: number | undefined;
}

/**
 * Puts operations that become known when they end into the order of their events. It holds what was called after the
 * earliest operation that is still running, and no more.
 */
export class TimeOrder<Operation extends Timed> {
  /** In the order of their calls. */
  private calls: Operation[] = [];
  /** In the order of their returns, which is the order in which they come. */
  private returns: Operation[] = [];

  constructor(
    private readonly onCall: (operation: Operation) => void,
    private readonly onReturn: (operation: Operation) => void,
  ) {}

  add(operation: Operation): void {
    const { calls } = this;
    let at = calls.length;
    calls.push(operation);
    for (; at > 0 && (calls[at - 1] as Operation).call > operation.call; at--) calls[at] = calls[at - 1] as Operation;
    calls[at] = operation;
    if (operation.return !== undefined) this.returns.push(operation);
  }

  /** Tells of the events before `time`, when nothing earlier can come any more. Calls come before returns at a time. */
  upTo(time: number): void {
    const { calls, returns } = this;
    let call = 0;
    let returned = 0;
    while (true) {
      const nextCall = calls[call];
      const nextReturn = returns[returned];
      const callAt = nextCall?.call ?? Number.POSITIVE_INFINITY;
      const returnAt = nextReturn?.return ?? Number.POSITIVE_INFINITY;
      if (Math.min(callAt, returnAt) >= time) break;
      if (callAt <= returnAt) {
        this.onCall(nextCall as Operation);
        call++;
      } else {
        this.onReturn(nextReturn as Operation);
        returned++;
      }
    }
    this.calls = calls.slice(call);
    this.returns = returns.slice(returned);
  }
}
