/** Values by index of a log whose beginning may be forgotten. */
export class ByIndex<Value> {
  private values: (Value | undefined)[] = [];
  /** The index of the first that is kept. */
  private first = 0;

  /** Undefined where nothing was set, and for what is forgotten. */
  get(index: number): Value | undefined {
    return this.values[index - this.first];
  }

  /** Does nothing below what is kept. */
  set(index: number, value: Value): void {
    if (index >= this.first) this.values[index - this.first] = value;
  }

  /** Forgets everything before `index`. */
  forget(index: number): void {
    if (index <= this.first) return;
    this.values.splice(0, index - this.first);
    this.first = index;
  }
}
