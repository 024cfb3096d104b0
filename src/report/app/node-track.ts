import { formatTime } from '../scale.js';
import type { NodeState, NodeView } from '../view.js';
import { nodeTone } from './palette.js';
import { type Frame, type Hit, SMALL_FONT, type Track } from './track.js';

/** One node: leader, candidate or follower, in which term, or not answering. */
export class NodeTrack implements Track {
  readonly height = 20;
  readonly title: string;

  constructor(
    private readonly node: NodeView,
    private readonly index: number,
  ) {
    this.title = node.id;
  }

  draw({ context, palette, left, right, x }: Frame): void {
    context.font = SMALL_FONT;
    context.textAlign = 'left';
    for (const { state, term, fromUs, toUs } of this.node.spans) {
      const from = Math.max(left, x(fromUs));
      const to = Math.min(right, x(toUs));
      if (to < left || from > right) continue;
      const width = Math.max(0.8, to - from);
      context.fillStyle = palette.color(state === 'unknown' ? 'faint' : state);
      context.fillRect(from, 2, width, 16);
      if (width < 26) continue;
      context.fillStyle =
        state === 'leader'
          ? palette.color('on-leader')
          : state === 'down'
            ? palette.color('on-down')
            : palette.color('on-follower');
      const words = labels(state, term).find((each) => context.measureText(each).width < width - 9);
      if (words !== undefined) context.fillText(words, from + 5, 14);
    }
    context.fillStyle = palette.color(nodeTone(this.index));
    context.fillRect(left - 5, 4, 3, 12);
  }

  hit(x: number, _y: number, _frame: Pick<Frame, 'scene' | 'x'>, timeAt: (x: number) => number): Hit | undefined {
    const time = timeAt(x);
    const span = this.node.spans.find(({ fromUs, toUs }) => fromUs <= time && time < toUs);
    if (!span) return undefined;
    const commit = valueAt(this.node.commit.timeUs, this.node.commit.index, time);
    return {
      key: `node ${this.node.id} ${span.fromUs}`,
      title: `${this.node.id}: ${span.state === 'down' ? 'does not answer' : span.state}`,
      rows: [
        ...(span.term === undefined ? [] : ([['term', String(span.term)]] as const)),
        ['from', formatTime(span.fromUs, 1000)],
        ['to', formatTime(span.toUs, 1000)],
        ...(commit === undefined ? [] : ([['commit index here', commit.toLocaleString('en')]] as const)),
      ],
      fromUs: span.fromUs,
      toUs: span.toUs,
    };
  }
}

/** The value of a step function at a time. */
export function valueAt(times: readonly number[], values: readonly number[], timeUs: number): number | undefined {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= timeUs) low = middle + 1;
    else high = middle;
  }
  return values[low - 1];
}

/** What a stretch is labelled with, the longest first: the first that has room is drawn. */
function labels(state: NodeState, term: number | undefined): string[] {
  const number = term === undefined ? [] : [String(term)];
  switch (state) {
    case 'leader':
      return term === undefined ? ['leader'] : [`leader, term ${term}`, ...number];
    case 'down':
      return ['no answer'];
    case 'candidate':
      return term === undefined ? ['candidate'] : [`candidate, term ${term}`, ...number];
    default:
      return term === undefined ? [] : [`term ${term}`, ...number];
  }
}
