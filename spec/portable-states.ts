/** States of a {@link StateMachine} for another one, which has other numbers for the same values. */
export interface PortableStates {
  readonly nodes: readonly unknown[];
  readonly shareds: readonly unknown[];
  readonly messages: readonly unknown[];
  /** One after another, in numbers that are places in the lists above. */
  readonly data: Int32Array;
  readonly lengths: Int32Array;
}

/** Gives the values of a machine places in a list, each one once. */
export class Places<Value> {
  readonly list: Value[] = [];
  /** By number: the place and 1; 0 where it has none. */
  private readonly places: Int32Array;

  constructor(private readonly values: { readonly count: number; value(number: number): Value }) {
    this.places = new Int32Array(values.count);
  }

  of(number: number): number {
    const place = (this.places[number] as number) - 1;
    if (place >= 0) return place;
    this.places[number] = this.list.push(this.values.value(number));
    return this.list.length - 1;
  }
}
