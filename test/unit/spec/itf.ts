import { z } from 'zod';

/** A number as the Informal Trace Format writes it. */
export const integer = z
  .strictObject({ '#bigint': z.string().regex(/^-?\d+$/) })
  .transform((written) => Number(written['#bigint']));
export const nothing = z.strictObject({ '#tup': z.tuple([]) });

export function set<Item>(item: z.ZodType<Item>) {
  return z.strictObject({ '#set': z.array(item) }).transform((written) => written['#set']);
}

export function map<Key, Value>(key: z.ZodType<Key>, value: z.ZodType<Value>) {
  return z.strictObject({ '#map': z.array(z.tuple([key, value])) }).transform((written) => written['#map']);
}

/** Some(value) is the value here, and None is null. */
export function option<Value>(value: z.ZodType<Value>) {
  return z.union([
    z.strictObject({ tag: z.literal('Some'), value }).transform((some) => some.value),
    z.strictObject({ tag: z.literal('None'), value: nothing }).transform(() => null),
  ]);
}

/** One alternative of a sum type. */
export function variant<Tag extends string, Value extends z.ZodType>(tag: Tag, value: Value) {
  return z.strictObject({ tag: z.literal(tag), value });
}
