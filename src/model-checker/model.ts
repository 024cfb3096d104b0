import { type AnySpecification, type Bounds, PROTOCOLS } from '../../spec/protocols.js';
import { invariant } from '../kernel/errors.js';

/** Which bounded model: in words, which a worker can be told. */
export interface Model {
  /** One of `PROTOCOLS`. */
  readonly protocol: string;
  readonly bounds: Bounds;
  /** What is left out of the specification on purpose: one of the protocol's defects. */
  readonly defect?: string;
}

export function specificationOf({ protocol, bounds, defect }: Model): AnySpecification {
  const found = PROTOCOLS.get(protocol);
  invariant(found, () => `no specification ${protocol}`);
  invariant(defect === undefined || Object.hasOwn(found.defects, defect), () => `no defect ${defect} of ${protocol}`);
  return found.specification(bounds, defect);
}
