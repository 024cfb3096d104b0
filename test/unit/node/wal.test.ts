import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssayError } from '../../../src/kernel/errors.js';
import { decodeRecords, encodeRecord, WriteAheadLog } from '../../../src/node/wal.js';
import { bytesOf, type Disk } from '../../../src/ports/disk.js';

const record = fc.oneof(
  fc.record({ kind: fc.constant('entry'), term: fc.nat(), command: fc.jsonValue() }),
  fc.record({ kind: fc.constant('state'), text: fc.string({ unit: 'binary', maxLength: 600 }) }),
);
// JSON has no -0.
const records = fc.array(record, { maxLength: 12 }).map((list) => JSON.parse(JSON.stringify(list)) as object[]);
const someRecords = records.filter((list) => list.length > 0);

function framesOf(list: readonly object[]): Buffer {
  return Buffer.concat(list.map(encodeRecord));
}

describe('the write-ahead log', () => {
  it('gives back any records, byte for byte the same when they are written again', () => {
    fc.assert(
      fc.property(records, (list) => {
        const bytes = framesOf(list);
        const recovered = decodeRecords(bytes, 'wal');
        expect(recovered).toEqual({ records: list, validBytes: bytes.length, tornBytes: 0 });
        expect(framesOf(recovered.records).equals(bytes)).toBe(true);
      }),
    );
  });

  it('recovers exactly the whole records of a file that was cut anywhere', () => {
    fc.assert(
      fc.property(someRecords, fc.nat(), (list, where) => {
        const bytes = framesOf(list);
        const cut = where % bytes.length;
        const recovered = decodeRecords(bytes.subarray(0, cut), 'wal');
        let whole = 0;
        while (framesOf(list.slice(0, whole + 1)).length <= cut) whole++;
        expect(recovered.records).toEqual(list.slice(0, whole));
        expect(recovered.validBytes + recovered.tornBytes).toBe(cut);
      }),
    );
  });

  it('takes a tail whose sectors were never written for torn', () => {
    fc.assert(
      fc.property(records, fc.nat({ max: 5000 }), (list, length) => {
        const lost = encodeRecord({ lost: 'x'.repeat(length) });
        const size = framesOf(list).length + lost.length;
        // Whole sectors of the last frame read as zeros, as after a power failure under delayed allocation.
        const bytes = Buffer.concat([framesOf(list), lost]);
        const edge = Math.ceil(framesOf(list).length / 512) * 512;
        bytes.fill(0, edge < size ? edge : framesOf(list).length);
        const recovered = decodeRecords(bytes, 'wal');
        expect(recovered.records).toEqual(list);
        expect(recovered.tornBytes).toBe(lost.length);
      }),
    );
  });

  it('refuses a file in which any one bit was flipped', () => {
    fc.assert(
      fc.property(someRecords, fc.nat(), (list, where) => {
        const bytes = Buffer.from(framesOf(list));
        const bit = where % (bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => decodeRecords(bytes, 'wal')).toThrow(AssayError);
      }),
      { numRuns: 500 },
    );
  });

  it('names the file, the place and the way out of damage in the middle', () => {
    const list = [{ number: 1 }, { number: 2 }, { number: 3 }];
    const bytes = Buffer.from(framesOf(list));
    const second = encodeRecord({ number: 1 }).length;
    bytes[second + 15] = 0;
    expect(() => decodeRecords(bytes, 'data/wal')).toThrow(
      expect.objectContaining({
        code: 'bad-file',
        message: `the write-ahead log "data/wal" is damaged at byte ${second}, record 2: its content does not match its checksum`,
        wayOut: expect.stringContaining('do not delete the file and restart'),
      }),
    );
  });

  it('cuts a torn tail off the file, so that the next append follows the last whole record', () => {
    let file = Buffer.concat([framesOf([{ number: 1 }]), encodeRecord({ number: 2 }).subarray(0, 9)]);
    const disk: Disk = {
      read: () => file,
      append: (_, write) => {
        file = Buffer.concat([file, bytesOf(write)]);
      },
      truncate: (_, length) => {
        file = file.subarray(0, length);
      },
      sync: (_, done) => done(),
      replace: (_, write, done) => {
        file = Buffer.from(bytesOf(write));
        done();
      },
    };
    const wal = new WriteAheadLog(disk);
    expect(wal.recover()).toMatchObject({ records: [{ number: 1 }], tornBytes: 9 });
    wal.append([{ number: 3 }]);
    expect(wal.recover()).toMatchObject({ records: [{ number: 1 }, { number: 3 }], tornBytes: 0 });
    wal.replace([{ number: 4 }], () => {});
    expect(wal.recover()).toMatchObject({ records: [{ number: 4 }], tornBytes: 0 });
  });
});
