import { MAX_FORM } from './forms.js';
import { malformedAt } from './importer.js';

/** Cuts a text that comes in pieces into its lines. */
export class LineSplitter {
  private begun = '';
  private line = 1;

  constructor(private readonly file: string) {}

  /**
   * The lines that end in this piece, without their ends.
   *
   * @throws AssayError `bad-file` for a line too long to be one
   */
  push(text: string): string[] {
    const lines = text.split('\n');
    lines[0] = this.begun + lines[0];
    this.begun = lines.pop() ?? '';
    this.line += lines.length;
    if (this.begun.length > MAX_FORM) {
      throw malformedAt(
        this.file,
        { line: this.line, column: 1 },
        `this line does not end within ${MAX_FORM} characters`,
        'Is this a history?',
      );
    }
    return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  }

  /** What follows the last end of a line. */
  rest(): string {
    return this.begun;
  }
}
