import type { Treason } from '../../history/treasons.js';
import { count, grouped } from '../../kernel/count.js';
import type { NodeWords } from '../../plugin/node-words.js';
import { stateLabels, stateText } from '../node-words.js';
import { formatTime } from '../scale.js';
import { deedOf } from '../treason-words.js';
import type { NodeView, RunView } from '../view.js';
import { nodeTone } from './palette.js';
import { type Frame, fitText, type Hit, SMALL_FONT, type Track } from './track.js';

/** Where a traitor's strip stands, under what the node is. */
const TREASON_TOP = 19;
const TREASON_HEIGHT = 14;

/** One node: what it is, in which term or view, or not answering; and when it was a traitor. */
export class NodeTrack implements Track {
  readonly height: number;
  readonly title: string;
  private readonly words: NodeWords;
  private readonly treasons: readonly Treason[];

  constructor(
    private readonly node: NodeView,
    private readonly index: number,
    private readonly view: RunView,
  ) {
    this.title = node.id;
    this.words = view.words;
    this.treasons = view.treasons.filter((treason) => treason.node === node.id);
    this.height = this.treasons.length > 0 ? TREASON_TOP + TREASON_HEIGHT + 2 : 20;
  }

  draw(frame: Frame): void {
    this.drawStates(frame);
    this.drawTreasons(frame);
  }

  private drawStates({ context, palette, left, right, x }: Frame): void {
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
      const words = stateLabels(this.words, state, term).find((each) => context.measureText(each).width < width - 9);
      if (words !== undefined) context.fillText(words, from + 5, 14);
    }
    context.fillStyle = palette.color(nodeTone(this.index));
    context.fillRect(left - 5, 4, 3, this.height - 8);
  }

  private drawTreasons({ context, palette, left, right, x }: Frame): void {
    for (const treason of this.treasons) {
      const from = Math.max(left, x(treason.fromUs));
      const to = Math.min(right, x(treason.toUs ?? this.view.endUs));
      if (to < left || from > right) continue;
      const width = Math.max(2, to - from);
      context.globalAlpha = treason.confirmed ? 1 : 0.4;
      context.fillStyle = palette.color('traitor');
      context.fillRect(from, TREASON_TOP, width, TREASON_HEIGHT);
      context.globalAlpha = 1;
      context.fillStyle = palette.color('on-traitor');
      const words = [
        `traitor: ${deedOf(treason)}, ${count(treason.misdeeds, 'misdeed')}`,
        `traitor: ${treason.behaviour}`,
      ];
      const label = words.find((each) => context.measureText(each).width < width - 9);
      context.fillText(label ?? fitText(context, treason.behaviour, width - 9), from + 5, TREASON_TOP + 10.5);
    }
  }

  hit(x: number, y: number, _frame: Pick<Frame, 'scene' | 'x'>, timeAt: (x: number) => number): Hit | undefined {
    const time = timeAt(x);
    const treason = this.treasons.findLast(({ fromUs, toUs }) => fromUs <= time && time < (toUs ?? this.view.endUs));
    return treason && y >= TREASON_TOP ? this.hitOfTreason(treason) : this.hitOfState(time);
  }

  private hitOfTreason(treason: Treason): Hit {
    const { node, fromUs, toUs, misdeeds, confirmed } = treason;
    return {
      key: `treason ${node} ${fromUs}`,
      title: `${node}: traitor, ${deedOf(treason)}`,
      rows: [
        ['from', formatTime(fromUs, 1000)],
        ['to', toUs === null ? 'it was never turned back' : formatTime(toUs, 1000)],
        ['misdeeds', `${grouped(misdeeds)}, by its own count`],
        ...(confirmed ? [] : ([['probe', 'NOT confirmed: it never said that it had turned']] as const)),
      ],
      fromUs,
      toUs: toUs ?? this.view.endUs,
    };
  }

  private hitOfState(time: number): Hit | undefined {
    const span = this.node.spans.find(({ fromUs, toUs }) => fromUs <= time && time < toUs);
    if (!span) return undefined;
    const commit = valueAt(this.node.commit.timeUs, this.node.commit.index, time);
    return {
      key: `node ${this.node.id} ${span.fromUs}`,
      title: `${this.node.id}: ${span.state === 'down' ? 'does not answer' : stateText(this.words, span.state)}`,
      rows: [
        ...(span.term === undefined ? [] : ([[this.words.term, String(span.term)]] as const)),
        ['from', formatTime(span.fromUs, 1000)],
        ['to', formatTime(span.toUs, 1000)],
        ...(commit === undefined ? [] : ([[`${this.words.progress} here`, commit.toLocaleString('en')]] as const)),
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
