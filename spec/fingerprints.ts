/** 64 bits that stand for a value: two different values have the same with a probability of 2^-64. */
export interface Fingerprint {
  readonly high: number;
  readonly low: number;
}

/** Of a text; FNV-1a with two offsets, then mixed. */
export function fingerprintOf(text: string): Fingerprint {
  let high = 0x811c_9dc5;
  let low = 0x01a7_3c6f;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x0100_0193);
    low = Math.imul(low ^ (code + 0x9e37), 0x0100_0193);
    low ^= high >>> 15;
  }
  return { high: mix(high, text.length), low: mix(low, high) };
}

/** Another number for another key; one to one for each key. */
export function mix(bits: number, key: number): number {
  let mixed = Math.imul(bits ^ Math.imul(key + 1, 0x9e37_79b1), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}

/**
 * About how probable it is that among so many states two have the same fingerprint, of whose 64 bits 63 are kept. With
 * symmetry the least of several fingerprints stands for a state, and small ones are nearer to one another.
 */
export function collisionProbability(states: number, renamings = 1): number {
  const pairs = (states * (states - 1)) / 2;
  return -Math.expm1((-pairs * renamings ** 2) / (2 * renamings - 1) / 2 ** 63);
}

const WORDS = 4;
const EMPTY = 0;

/**
 * The fingerprints of all states that were found, each with that of the state it was found from. In memory that
 * threads can share: whoever adds a fingerprint first has found the state.
 *
 * A slot holds high, low, and the two words of the predecessor; a high word of 0 is an empty slot.
 */
export class VisitedStates {
  private readonly slots: Int32Array;
  private readonly mask: number;

  /** @param memory as {@link bytesFor} says, filled with zeros */
  constructor(readonly memory: ArrayBufferLike) {
    this.slots = new Int32Array(memory);
    this.mask = this.slots.length / WORDS - 1;
  }

  /** The memory for at least so many states, in bytes. */
  static bytesFor(states: number): number {
    return 2 ** Math.ceil(Math.log2(Math.max(1024, 2 * states))) * WORDS * Int32Array.BYTES_PER_ELEMENT;
  }

  /** For at least so many states. */
  static for(states: number, allocate: (bytes: number) => ArrayBufferLike): VisitedStates {
    return new VisitedStates(allocate(VisitedStates.bytesFor(states)));
  }

  /** How many states fit well. */
  get capacity(): number {
    return (this.mask + 1) / 2;
  }

  /** Whether it is new. */
  add(high: number, low: number, fromHigh: number, fromLow: number): boolean {
    const { slots, mask } = this;
    const key = high === EMPTY ? 1 : high;
    // The low word is stored with its lowest bit set, so that 0 means "being written".
    const value = low | 1;
    for (let slot = this.slotOf(key, value); ; slot = (slot + 1) & mask) {
      const at = slot * WORDS;
      let found = Atomics.load(slots, at);
      if (found === EMPTY) {
        found = Atomics.compareExchange(slots, at, EMPTY, key);
        if (found === EMPTY) {
          slots[at + 2] = fromHigh;
          slots[at + 3] = fromLow;
          Atomics.store(slots, at + 1, value);
          return true;
        }
      }
      if (found !== key) continue;
      let other = Atomics.load(slots, at + 1);
      while (other === EMPTY) other = Atomics.load(slots, at + 1);
      if (other === value) return false;
    }
  }

  /** What a state was found from. */
  predecessor(high: number, low: number): Fingerprint | undefined {
    const { slots, mask } = this;
    const key = high === EMPTY ? 1 : high;
    const value = low | 1;
    for (let slot = this.slotOf(key, value); slots[slot * WORDS] !== EMPTY; slot = (slot + 1) & mask) {
      const at = slot * WORDS;
      if (slots[at] === key && slots[at + 1] === value) {
        return { high: slots[at + 2] as number, low: slots[at + 3] as number };
      }
    }
    return undefined;
  }

  /** Where to look first, by what is stored: after a move as before. */
  private slotOf(key: number, value: number): number {
    return mix(key, value) & this.mask;
  }

  /** The same with room for twice as many. */
  larger(allocate: (bytes: number) => ArrayBufferLike): VisitedStates {
    const next = new VisitedStates(allocate(2 * this.memory.byteLength));
    next.addAll(this);
    return next;
  }

  /** Takes over all of a smaller one, or one of so many parts of it, which several threads may do at once. */
  addAll({ slots }: VisitedStates, part = 0, parts = 1): void {
    const end = partStart(slots.length, part + 1, parts);
    for (let at = partStart(slots.length, part, parts); at < end; at += WORDS) {
      if (slots[at] === EMPTY) continue;
      this.add(slots[at] as number, slots[at + 1] as number, slots[at + 2] as number, slots[at + 3] as number);
    }
  }
}

function partStart(length: number, part: number, parts: number): number {
  return Math.floor((length / WORDS / parts) * part) * WORDS;
}
