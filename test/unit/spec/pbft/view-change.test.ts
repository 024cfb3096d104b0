import { describe, expect, it } from 'vitest';
import {
  newViewOf,
  newViewProblem,
  type PreparedCertificate,
  type ViewChange,
  viewChangeProblem,
} from '../../../../spec/pbft/view-change.js';

const certificate = (sequence: number, view: number, digest: string | null): PreparedCertificate => ({
  ...{ sequence, view, digest },
});

/** A VIEW-CHANGE for view 4. */
function from(replica: number, stable: number, ...prepared: PreparedCertificate[]): ViewChange {
  return { view: 4, stable, prepared, replica };
}

describe('the pre-prepares of a new view', () => {
  it('are none where nothing has prepared', () => {
    expect(newViewOf([from(0, 0), from(1, 0), from(2, 0)])).toEqual({ minS: 0, maxS: 0, prePrepares: [] });
  });

  it('begin after the latest stable checkpoint, whoever has it', () => {
    const old = [certificate(1, 0, 'a'), certificate(2, 0, 'b')];
    expect(newViewOf([from(0, 0, ...old), from(1, 2, certificate(3, 1, 'c')), from(2, 0)])).toEqual({
      ...{ minS: 2, maxS: 3, prePrepares: [{ sequence: 3, digest: 'c' }] },
    });
    expect(newViewOf([from(0, 0, ...old), from(1, 2)])).toEqual({ minS: 2, maxS: 2, prePrepares: [] });
  });

  it('have the digest of the highest view, in whatever order it is told', () => {
    const told = [
      from(0, 0, certificate(1, 1, 'a')),
      from(1, 0, certificate(1, 3, 'b')),
      from(2, 0, certificate(1, 2, 'c')),
    ];
    for (const viewChanges of [told, told.toReversed(), [...told.slice(1), ...told.slice(0, 1)]]) {
      expect(newViewOf(viewChanges).prePrepares).toEqual([{ sequence: 1, digest: 'b' }]);
    }
    expect(newViewOf([from(0, 0, certificate(1, 0, 'a'), certificate(1, 2, 'b'))]).prePrepares).toEqual([
      { sequence: 1, digest: 'b' },
    ]);
  });

  it('have the first of two digests of one view, which takes more traitors than f', () => {
    const two = [from(0, 0, certificate(1, 3, 'a')), from(1, 0, certificate(1, 3, 'b'))];
    expect(newViewOf(two).prePrepares).toEqual([{ sequence: 1, digest: 'a' }]);
    expect(newViewOf(two.toReversed()).prePrepares).toEqual([{ sequence: 1, digest: 'b' }]);
  });

  it('fill gaps with null requests, and propose a null request again that has prepared', () => {
    const { maxS, prePrepares } = newViewOf([
      from(0, 1, certificate(4, 0, 'd')),
      from(1, 0, certificate(2, 3, null), certificate(2, 1, 'b')),
    ]);
    expect(maxS).toBe(4);
    expect(prePrepares).toEqual([
      { sequence: 2, digest: null },
      { sequence: 3, digest: null },
      { sequence: 4, digest: 'd' },
    ]);
  });
});

describe('a VIEW-CHANGE', () => {
  const problem = (viewChange: ViewChange) => viewChangeProblem(viewChange, 2);

  it('may tell of what prepared in former views between its watermarks', () => {
    expect(problem(from(0, 0))).toBeUndefined();
    expect(
      problem(from(0, 3, certificate(4, 0, 'a'), certificate(4, 3, 'b'), certificate(5, 3, null))),
    ).toBeUndefined();
  });

  it('tells of nothing else', () => {
    expect(problem({ ...from(0, 0), view: 0 })).toMatch(/view 0 is the first/);
    expect(problem(from(0, -1))).toMatch(/checkpoint -1/);
    expect(problem(from(0, 0, certificate(1, 4, 'a')))).toMatch(/view 4, which is not before view 4/);
    expect(problem(from(0, 0, certificate(1, -1, 'a')))).toMatch(/view -1/);
    expect(problem(from(0, 1, certificate(1, 0, 'a')))).toMatch(/request 1 is not between its watermarks 1 and 3/);
    expect(problem(from(0, 1, certificate(4, 0, 'a')))).toMatch(/request 4 is not between/);
    expect(problem(from(0, 0, certificate(1, 2, 'a'), certificate(1, 2, 'b')))).toMatch(
      /request 1 prepared twice in view 2/,
    );
  });
});

describe('a NEW-VIEW', () => {
  const viewChanges = [from(0, 0, certificate(2, 1, 'b')), from(1, 0), from(2, 0, certificate(1, 0, 'a'))];
  const prePrepares = [
    { sequence: 1, digest: 'a' },
    { sequence: 2, digest: 'b' },
  ];
  const right = { view: 4, viewChanges, prePrepares };
  const problem = (changed: Partial<typeof right>) => newViewProblem({ ...right, ...changed }, { quorum: 3 }, 2);

  it('proposes what follows from the VIEW-CHANGEs of a quorum, in any order', () => {
    expect(problem({})).toBeUndefined();
    expect(problem({ prePrepares: prePrepares.toReversed() })).toBeUndefined();
  });

  it('needs valid VIEW-CHANGEs for its view, of a quorum of different replicas', () => {
    expect(problem({ viewChanges: viewChanges.slice(1) })).toMatch(/it has 2 VIEW-CHANGEs, of which it needs 3/);
    expect(problem({ viewChanges: [...viewChanges, from(0, 0)] })).toMatch(
      /two of its VIEW-CHANGEs are of one replica/,
    );
    expect(problem({ view: 5 })).toMatch(/one of its VIEW-CHANGEs is for view 4, not 5/);
    expect(problem({ viewChanges: viewChanges.with(1, from(1, 0, certificate(3, 0, 'c'))) })).toMatch(
      /in one of its VIEW-CHANGEs request 3 is not between/,
    );
  });

  it('proposes nothing else', () => {
    expect(problem({ prePrepares: prePrepares.slice(1) })).toMatch(/it has 1 pre-prepares where 2 are due/);
    expect(problem({ prePrepares: prePrepares.with(0, { sequence: 3, digest: 'a' }) })).toMatch(
      /it proposes request 2 where request 1 is due/,
    );
    expect(problem({ prePrepares: prePrepares.with(0, { sequence: 1, digest: 'c' }) })).toMatch(
      /it proposes c as request 1 instead of a/,
    );
    expect(problem({ viewChanges: [from(0, 0), from(1, 0), from(2, 0, certificate(2, 0, 'b'))] })).toMatch(
      /it proposes a as request 1 instead of the null request/,
    );
  });
});
