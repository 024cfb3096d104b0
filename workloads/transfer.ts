import { defineWorkload, ledgers, linearizability, numberOption, RotatingKeys, z } from 'assay/plugin';

const whole = (defaultValue: number, min: number) =>
  numberOption(defaultValue, { min }).refine(Number.isSafeInteger, 'must be a whole number');

export default defineWorkload({
  name: 'transfer',
  description:
    'Transfers between the accounts of ledgers, and reads of whole ledgers: each is carried out once, no money comes or goes, nobody overdraws.',
  options: z.object({
    accounts: whole(5, 2).describe('accounts of a ledger'),
    balance: whole(100, 0).describe('what each account holds at first'),
    amount: whole(50, 1).describe('the largest amount of a transfer'),
    keys: numberOption(5, { min: 1 }).describe('ledgers used at a time'),
    uses: numberOption(200, { min: 1 }).describe('operations on a ledger before a fresh one takes its place'),
    reads: numberOption(0.3, { min: 0, max: 1 }).describe('share of reads'),
  }),
  needs: ['open', 'read', 'transfer'],
  create({ options, random }) {
    const keys = new RotatingKeys(random.fork('keys'), options.keys, options.uses);
    const accounts = Array.from({ length: options.accounts }, (_, index) => `a${index + 1}`);
    const balances = Object.fromEntries(accounts.map((account) => [account, options.balance]));
    /** Ledgers that are surely open. */
    const open = new Set<string>();
    return {
      next() {
        const key = keys.next();
        if (!open.has(key)) return { f: 'open', key, value: balances };
        if (random.chance(options.reads)) return { f: 'read', key };
        const [from = '', to = ''] = random.shuffle(accounts);
        return { f: 'transfer', key, value: { from, to, amount: random.int(1, options.amount) } };
      },
      learn({ f, key = '' }, { type }) {
        if (f === 'open' && type === 'ok') open.add(key);
      },
      finalReads: () => keys.all().map((key) => ({ f: 'read', key })),
      checkers: () => [ledgers(), linearizability({ model: 'bank' })],
    };
  },
});
