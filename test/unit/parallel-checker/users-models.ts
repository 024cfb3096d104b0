import type { Model, RegisterInput, RegisterOutput } from '../../../src/linearizability-checker/index.js';

/** A register as a user would write it, one for each key. */
export function usersRegister(initial: number): Model<RegisterOutput, RegisterInput, RegisterOutput> {
  return {
    name: "user's register",
    init: initial,
    partition: ({ key = '' }) => key,
    step(state, input, output) {
      if (input.f === 'write') return input.value;
      return output === undefined || output === state ? state : undefined;
    },
  };
}

/** Breaks at the value 13. */
export function throwingRegister(): Model<RegisterOutput, RegisterInput, RegisterOutput> {
  const register = usersRegister(0);
  return {
    ...register,
    name: 'superstitious register',
    step(state, input, output) {
      if (input.f === 'write' && input.value === 13) throw new RangeError('13 is not a value');
      return register.step(state, input, output);
    },
  };
}

/** Ends the thread at the value 13. */
export function quittingRegister(): Model<RegisterOutput, RegisterInput, RegisterOutput> {
  const register = usersRegister(0);
  return {
    ...register,
    name: 'quitting register',
    step(state, input, output) {
      if (input.f === 'write' && input.value === 13) process.exit(3);
      return register.step(state, input, output);
    },
  };
}

/** Does not come back from the value 13, and never looks at the time. */
export function endlessRegister(): Model<RegisterOutput, RegisterInput, RegisterOutput> {
  const register = usersRegister(0);
  return {
    ...register,
    name: 'endless register',
    step(state, input, output) {
      while (input.f === 'write' && input.value === 13);
      return register.step(state, input, output);
    },
  };
}

/** Fills the heap at the value 13. */
export function hoardingRegister(): Model<RegisterOutput, RegisterInput, RegisterOutput> {
  const register = usersRegister(0);
  const hoard: number[][] = [];
  return {
    ...register,
    name: 'hoarding register',
    step(state, input, output) {
      while (input.f === 'write' && input.value === 13) hoard.push(Array.from({ length: 100_000 }, Math.random));
      return register.step(state, input, output);
    },
  };
}
