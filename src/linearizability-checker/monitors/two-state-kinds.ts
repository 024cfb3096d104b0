/*
 * What an operation does to an object that is in one of two states, 0 or 1: one of these, plus the state it names.
 */
/** Possible only in that state; changes nothing. */
export const SEES = 0;
/** Like {@link SEES}; but had it not been answered, it might have set that state: an `add` that was refused. */
export const REFUSED = 2;
/** Possible in both states; leaves that one. */
export const SETS = 4;
/** Possible only in the other state; leaves that one. */
export const FLIPS = 6;
/** Never returned: sets that state at some time after its call, or never. */
export const MAY_SET = 8;
/** Always possible; changes nothing. */
export const IDLE = 10;
