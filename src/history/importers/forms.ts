import { excerpt, malformedAt, type Place } from './importer.js';

/** One record of a file: the text of a map or object, and where it begins. */
export interface Form extends Place {
  readonly text: string;
}

export type Syntax = 'edn' | 'json';

/** No operation is nested deeper; what reads values further on may then recurse. */
export const MAX_DEPTH = 200;
/** Characters of one record or line: far above any operation, far below what a string can hold. */
export const MAX_FORM = 64 * 1024 * 1024;

const QUOTE = 0x22;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;

type Inside = 'nothing' | 'text' | 'comment' | 'character';

/**
 * Cuts a text into its records: maps one after another, on lines of their own or not, or the items of one vector, list
 * or array. Looks at brackets, quotes and comments only, in one pass, so that what is inside may be read record by
 * record; a record may stretch over any number of pieces.
 */
export class FormSplitter {
  /** The record that has begun in earlier pieces. */
  private begun = '';
  private beginsAt: Place | undefined;
  private inside: Inside = 'nothing';
  private escaped = false;
  private depth = 0;
  /** 1 within the vector that holds all records, else 0. */
  private base = 0;
  private line = 1;
  /** Characters of the current line that earlier pieces held. */
  private before = 0;

  constructor(
    private readonly file: string,
    private readonly syntax: Syntax,
  ) {}

  push(text: string): Form[] {
    const forms: Form[] = [];
    const edn = this.syntax === 'edn';
    /** Where the current record continues in this piece. */
    let from = 0;
    let lineStart = -this.before;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      switch (this.inside) {
        case 'text':
          if (this.escaped) this.escaped = false;
          else if (code === BACKSLASH) this.escaped = true;
          else if (code === QUOTE) this.inside = 'nothing';
          break;
        case 'comment':
          if (code === NEWLINE) this.inside = 'nothing';
          break;
        case 'character':
          this.inside = 'nothing';
          break;
        case 'nothing':
          if (code <= 0x20 || code === 0x2c || code === 0xfeff) break;
          if (edn && code === 0x3b) {
            this.inside = 'comment';
            break;
          }
          if (code === 0x7d || code === 0x5d || code === 0x29) {
            const place = { line: this.line, column: at - lineStart + 1 };
            if (this.depth === this.base) {
              this.closeBase(place, text.slice(from, at));
              from = at + 1;
              break;
            }
            this.depth--;
            if (this.depth > this.base) break;
            forms.push({ ...(this.beginsAt as Place), text: this.begun + text.slice(from, at + 1) });
            this.begun = '';
            this.beginsAt = undefined;
            from = at + 1;
            break;
          }
          if (this.depth === 0 && (code === 0x5b || code === 0x28) && this.isTag(text.slice(from, at))) {
            this.base = 1;
            this.depth = 1;
            this.begun = '';
            this.beginsAt = undefined;
            from = at + 1;
            break;
          }
          if (this.beginsAt === undefined) {
            this.beginsAt = { line: this.line, column: at - lineStart + 1 };
            from = at;
          }
          if (code === QUOTE) this.inside = 'text';
          else if (edn && code === BACKSLASH) this.inside = 'character';
          else if (code === 0x7b || code === 0x5b || code === 0x28) {
            this.depth++;
            if (this.depth - this.base > MAX_DEPTH) {
              throw this.malformed(
                { line: this.line, column: at - lineStart + 1 },
                `values are nested deeper than ${MAX_DEPTH} levels`,
              );
            }
          }
          break;
      }
      if (code === NEWLINE) {
        this.line++;
        lineStart = at + 1;
      }
    }
    this.before = text.length - lineStart;
    if (this.beginsAt !== undefined) {
      if (this.begun.length + text.length > MAX_FORM) {
        throw this.malformed(this.beginsAt, `what begins here does not end within ${MAX_FORM} characters`);
      }
      this.begun += text.slice(from);
    }
    return forms;
  }

  /**
   * What was left open at the end of the text: a record that was cut off, the vector around all of them.
   *
   * @throws AssayError `bad-file` when other records follow it: then it was not cut off, it lacks a bracket or a quote
   */
  finish(): { readonly cutOff?: Place; readonly unclosed: boolean } {
    const unclosed = this.base === 1;
    if (this.beginsAt === undefined) return { unclosed };
    if (/\n\s*\{/.test(this.begun)) {
      throw this.malformed(this.beginsAt, `what begins here is never closed: ${excerpt(this.begun)}`);
    }
    return { unclosed, cutOff: this.beginsAt };
  }

  private closeBase(place: Place, rest: string): void {
    if (this.base === 0) throw this.malformed(place, 'a bracket is closed that was never opened');
    if (this.beginsAt !== undefined) {
      throw this.malformed(this.beginsAt, `not an operation: ${excerpt(this.begun + rest)}`);
    }
    this.base = 0;
    this.depth = 0;
  }

  /** Whether nothing but a tag stands before a vector that opens here, as in `#jepsen.history.History [`. */
  private isTag(text: string): boolean {
    if (this.beginsAt === undefined) return true;
    return /^#[a-zA-Z][^\s"{}[\]()]*\s*$/.test(this.begun + text);
  }

  private malformed(place: Place, what: string) {
    return malformedAt(
      this.file,
      place,
      what,
      this.syntax === 'edn'
        ? 'Each operation must be a map such as {:process 0, :type :invoke, :f :read, :value nil}. Mend or remove it, then check again.'
        : 'Each operation must be an object such as {"process":0,"type":"invoke","f":"read","value":null}. Mend or remove it, then check again.',
    );
  }
}
