/** The largest value that at least `count` of `values` reach. Sorts `values` in place; made for few of them. */
export function reachedBy(count: number, values: number[]): number {
  for (let index = 1; index < values.length; index++) {
    const value = values[index] as number;
    let place = index;
    while (place > 0 && (values[place - 1] as number) < value) {
      values[place] = values[place - 1] as number;
      place--;
    }
    values[place] = value;
  }
  return values[count - 1] ?? 0;
}
