/**
 * The switches of one process, and how often a bug that is on took effect: did what the correct protocol, in that
 * state, would not have done. A bug that is on and takes no effect leaves a run like any other.
 */
export class BugSwitches<Name extends string> {
  /** How often a bug took effect in this process. */
  effects = 0;
  private readonly anyOn: boolean;

  constructor(readonly on: Readonly<Record<Name, boolean>>) {
    this.anyOn = Object.values(on).includes(true);
  }

  /** Whether `bug` is on. Asked only where the answer decides what happens next, so that a yes is an effect. */
  strikes(bug: Name): boolean {
    if (!this.anyOn || !this.on[bug]) return false;
    this.effects++;
    return true;
  }

  /** For a bug whose place in the code and whose effect are not the same. */
  tookEffect(): void {
    this.effects++;
  }
}
