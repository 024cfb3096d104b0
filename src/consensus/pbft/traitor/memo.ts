/** What was made of an object, made once: a lie told to all is the same lie, and is signed once. */
export class Memo<Key extends object, Lie> {
  private readonly lies = new WeakMap<Key, { readonly lie: Lie }>();

  of(key: Key, make: () => Lie): Lie {
    let known = this.lies.get(key);
    if (known === undefined) {
      known = { lie: make() };
      this.lies.set(key, known);
    }
    return known.lie;
  }
}

/** A map that forgets its oldest entry when it is full: what a traitor remembers has a bound as well. */
export class Recent<Key, Value> {
  private readonly entries = new Map<Key, Value>();

  constructor(private readonly capacity: number) {}

  get(key: Key): Value | undefined {
    return this.entries.get(key);
  }

  set(key: Key, value: Value): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= this.capacity) return;
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      return;
    }
  }

  values(): Value[] {
    return [...this.entries.values()];
  }
}
