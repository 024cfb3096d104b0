/** The page's colours as the style sheet has them now: light, dark or for print. */
export class Palette {
  private readonly style = getComputedStyle(document.documentElement);
  private readonly known = new Map<string, string>();

  color(name: string): string {
    let color = this.known.get(name);
    if (color === undefined) {
      color = this.style.getPropertyValue(`--${name}`).trim();
      this.known.set(name, color);
    }
    return color;
  }
}

/** Seven tones for the nodes' lines; a cluster of more begins again. */
export function nodeTone(index: number): string {
  return `node-${(index % 7) + 1}`;
}
