/** What came over a connection is not what a peer of ours sends: the connection is of no more use. */
export class MalformedStream extends Error {}

/** Cuts a stream of text chunks into lines, none longer than `maxLength` characters. */
export class LineSplitter {
  private partial: string[] = [];
  private partialLength = 0;

  constructor(private readonly maxLength: number) {}

  /**
   * The lines that this chunk completes, without their newlines.
   *
   * @throws MalformedStream when a line is too long
   */
  push(chunk: string): string[] {
    const lines: string[] = [];
    let start = 0;
    for (;;) {
      const newline = chunk.indexOf('\n', start);
      const end = newline < 0 ? chunk.length : newline;
      this.partialLength += end - start;
      if (this.partialLength > this.maxLength) throw new MalformedStream(`a line exceeds ${this.maxLength} characters`);
      if (end > start) this.partial.push(chunk.slice(start, end));
      if (newline < 0) return lines;
      lines.push(this.partial.length === 1 ? (this.partial[0] ?? '') : this.partial.join(''));
      this.partial = [];
      this.partialLength = 0;
      start = newline + 1;
    }
  }
}
