import type { Random } from '../../kernel/random.js';
import type { Micros } from '../../kernel/units.js';
import { bytesOf, type Disk, type Write } from '../../ports/disk.js';
import type { SimEvent } from './event-queue.js';
import type { World } from './world.js';

/** How long a sync takes: a datacentre SSD without a capacitor. */
const SYNC_US: readonly [Micros, Micros] = [1000, 3000];

/** One version of a file: whole writes, of which the first `durable` survive a power failure. */
interface Content {
  writes: Write[];
  durable: number;
}

/**
 * A file is one content, or several while replacements are under way: the first is what a reader sees, the last what
 * is being appended to.
 */
type SimFile = [Content, ...Content[]];

/** Hands a completion to the process that asked, unless it died. */
export interface DiskOwner {
  deliver(event: { handle(): void }): void;
  /** Counts the machine's processes: completions of an earlier one are dropped. */
  readonly incarnation: number;
}

/**
 * One machine's disk, in memory. A kill keeps what was written; a power failure loses any suffix of what was not
 * synced and may tear the first write that it loses. A replacement under way has happened or not.
 */
export class SimDisk implements Disk {
  private readonly files = new Map<string, SimFile>();
  /** One operation at a time: this is when the last one asked for completes. */
  private idleUs: Micros = 0;

  constructor(
    private readonly world: World,
    private readonly owner: DiskOwner,
    private readonly random: Random,
  ) {}

  read(file: string): Uint8Array | undefined {
    const content = this.files.get(file)?.[0];
    if (content === undefined) return undefined;
    const bytes = Buffer.concat(content.writes.map(bytesOf));
    // Made once: the next process reads the same bytes, and more after them.
    content.writes = [bytes];
    content.durable = 1;
    return bytes;
  }

  readWrites(file: string): readonly Write[] | undefined {
    const content = this.files.get(file)?.[0];
    if (content === undefined) return undefined;
    content.durable = content.writes.length;
    return content.writes;
  }

  append(file: string, write: Write): void {
    lastOf(this.open(file)).writes.push(write);
  }

  sync(file: string, done: (error?: Error) => void): void {
    const content = lastOf(this.open(file));
    const upTo = content.writes.length;
    this.complete(() => {
      content.durable = Math.max(content.durable, upTo);
    }, done);
  }

  replace(file: string, write: Write, done: (error?: Error) => void): void {
    const contents = this.open(file);
    contents.push({ writes: [write], durable: 1 });
    this.complete(() => contents.shift(), done);
  }

  truncate(file: string, length: number): void {
    const bytes = this.read(file);
    if (bytes) this.files.set(file, [{ writes: [bytes.subarray(0, length)], durable: 1 }]);
  }

  /** The process died: what it had written stays. Call when the machine's incarnation has changed. */
  kill(): void {
    this.idleUs = 0;
    for (const [name, file] of this.files) this.files.set(name, [this.settle(file)]);
  }

  /** The power failed, the process died with it. Returns how many unsynced bytes were lost. */
  losePower(): number {
    this.kill();
    let lost = 0;
    for (const [{ writes, durable }] of this.files.values()) {
      const kept = this.random.int(durable, writes.length);
      const [torn, ...gone] = writes.splice(kept).map(bytesOf);
      lost += gone.reduce((sum, write) => sum + write.length, 0);
      if (torn === undefined) continue;
      const remains = torn.subarray(0, this.random.int(0, Math.max(0, torn.length - 1)));
      lost += torn.length - remains.length;
      if (remains.length > 0) writes.push(remains);
    }
    // After the reboot, what is there is what there is.
    for (const [content] of this.files.values()) content.durable = content.writes.length;
    return lost;
  }

  /** Decides which replacements under way had happened when the process died. */
  private settle(file: SimFile): Content {
    const content = file[this.random.int(0, file.length - 1)] as Content;
    // What the dead process had yet to append after a replacement was in its memory alone.
    if (content !== file[0]) content.writes.length = 1;
    return content;
  }

  private open(file: string): SimFile {
    let contents = this.files.get(file);
    if (contents === undefined) {
      contents = [{ writes: [], durable: 0 }];
      this.files.set(file, contents);
    }
    return contents;
  }

  private complete(effect: () => void, done: (error?: Error) => void): void {
    const start = Math.max(this.idleUs, this.world.nowUs);
    this.idleUs = start + this.random.int(...SYNC_US);
    this.world.at(this.idleUs, new Completion(this.owner, effect, done));
  }
}

class Completion implements SimEvent {
  private readonly incarnation: number;

  constructor(
    private readonly owner: DiskOwner,
    private readonly effect: () => void,
    private readonly done: (error?: Error) => void,
  ) {
    this.incarnation = owner.incarnation;
  }

  happen(): void {
    if (this.incarnation !== this.owner.incarnation) return;
    // The disk works on while the process stands still.
    this.effect();
    this.owner.deliver(this);
  }

  handle(): void {
    this.done();
  }
}

function lastOf(file: SimFile): Content {
  return file[file.length - 1] as Content;
}
