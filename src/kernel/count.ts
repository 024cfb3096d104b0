/** "12,310": thousands apart, as people read them, whatever the machine's locale. */
export function grouped(number: number): string {
  return number.toLocaleString('en');
}

/** "1 operation", "2,000 operations". */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(number)} ${number === 1 ? noun : plural}`;
}
