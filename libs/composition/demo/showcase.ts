import type { Provenance } from '#libs/drafts/domain/draft.events';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { Grant, Move, Story } from './story.js';
import type { WorkflowKey } from './workflows.js';

/* What the decision engine can, one story each. */

/** Mona is on leave twice, and says who values houses for her. */
export const grants: readonly Grant[] = [
  {
    by: 'manager3',
    to: 'manager',
    startedAgo: 520,
    hours: 240,
    scope: { workflowKeys: ['mortgage'], stepKeys: ['valuation'] },
    reason: 'On leave',
  },
  {
    by: 'manager3',
    to: 'manager2',
    startedAgo: 60,
    hours: 240,
    scope: { workflowKeys: ['mortgage'], maxAmount: { amountMinor: '50000000', currency: 'EUR' } },
    reason: 'On leave again',
  },
];

const story = (
  workflow: WorkflowKey,
  [type, n]: readonly [type: string, n: number],
  { title, by, startedAgo, content }: { title: string; by: string; startedAgo: number; content: JsonObject },
  moves: readonly Move[],
): Story => ({
  workflow,
  subject: { type, id: `${type}-${String(n).padStart(4, '0')}`, title, content },
  by,
  startedAgo,
  moves,
});

const line = (n: number, startedAgo: number, customer: string, moves: readonly Move[]): Story => {
  const content = { customer, amountMinor: String(40_000_000 + n * 5_000_000), currency: 'EUR' };
  return story(
    'credit-line',
    ['credit-line', n],
    { title: `${customer}: a credit line`, by: 'officer', startedAgo, content },
    moves,
  );
};

const creditLines: readonly Story[] = [
  line(1, 600, 'Bakery Brandt', [
    { hour: 2, by: 'manager', move: 'reject', comment: 'Too much for a bakery.' },
    // That no is only counted: risk weighs two, one manager more makes three.
    { hour: 5, by: 'officer2', move: 'approve', comment: 'The collateral is good.' },
    { hour: 9, by: 'manager2', move: 'approve' },
    { hour: 24, by: 'manager2', move: 'approve' },
    { hour: 25, by: 'manager', move: 'reject' },
    { hour: 27, by: 'manager3', move: 'approve', comment: 'Two of three.' },
  ]),
  line(2, 480, 'Carpenter Conti', [
    { hour: 3, by: 'manager', move: 'approve' },
    { hour: 6, by: 'officer2', move: 'reject', comment: 'Insolvent last year.' },
  ]),
  line(3, 345, 'Dairy Dahl', [
    { hour: 4, by: 'manager2', move: 'approve' },
    { hour: 7, by: 'officer2', move: 'reject', comment: 'No balance sheet.' },
    { hour: 30, by: 'admin', move: 'reopen', reason: 'The balance sheet was in another file.' },
    { hour: 33, by: 'officer2', move: 'approve', comment: 'Found it, thank you.' },
    { hour: 40, by: 'manager', move: 'approve' },
    { hour: 41, by: 'manager3', move: 'approve' },
  ]),
  line(4, 80, 'Electric Eder', [
    { hour: 5, by: 'officer2', move: 'approve' },
    { hour: 8, by: 'manager', move: 'approve' },
    { hour: 20, by: 'manager3', move: 'approve' },
    { hour: 22, by: 'manager', move: 'abstain', comment: 'My brother works there.' },
  ]),
  line(5, 20, 'Florist Fabre', [{ hour: 4, by: 'manager3', move: 'reject', comment: 'The season is over.' }]),
];

const mortgage = (
  n: number,
  startedAgo: number,
  { purpose, amountMinor }: { purpose: string; amountMinor: string },
  moves: readonly Move[],
): Story => {
  const content = { purpose, amountMinor, currency: 'EUR', months: '240' };
  const by = n % 2 ? 'officer' : 'officer2';
  return story(
    'mortgage',
    ['mortgage', n],
    { title: `A ${purpose} for ${Number(amountMinor) / 100} EUR`, by, startedAgo, content },
    moves,
  );
};
const house = { purpose: 'house', amountMinor: '35000000' };
const flat = { purpose: 'flat', amountMinor: '18000000' };
const garage = { purpose: 'garage', amountMinor: '2500000' };

const mortgages: readonly Story[] = [
  // Everything runs: claimed, valued, decided by the board.
  mortgage(1, 655, house, [
    { hour: 1, by: 'officer2', move: 'claim', step: 'papers', seat: 1 },
    { hour: 3, by: 'officer2', move: 'approve' },
    { hour: 6, by: 'manager3', move: 'approve', comment: 'Seen on site.' },
    { hour: 20, by: 'manager', move: 'approve' },
    { hour: 22, by: 'manager2', move: 'approve' },
  ]),
  // Neither valued nor seen by the board: their conditions do not hold.
  mortgage(2, 585, garage, [{ hour: 5, by: 'officer', move: 'approve' }]),
  // Mia values for Mona, who is on leave.
  mortgage(3, 500, flat, [
    { hour: 4, by: 'officer2', move: 'approve' },
    { hour: 8, by: 'manager', move: 'approve', comment: 'For Mona.' },
  ]),
  // Nobody values it: every rung of the ladder, up to Max, who is asked in her place.
  mortgage(4, 425, flat, [
    { hour: 2, by: 'officer', move: 'approve' },
    { hour: 44, by: 'manager2', move: 'approve', comment: 'Sorry for the wait.' },
  ]),
  mortgage(5, 350, flat, [
    {
      hour: 2,
      by: 'manager',
      move: 'reassign',
      step: 'valuation',
      seat: 1,
      to: 'manager2',
      reason: 'Max lives there.',
    },
    { hour: 5, by: 'officer2', move: 'approve' },
    { hour: 11, by: 'manager2', move: 'approve' },
  ]),
  mortgage(6, 275, house, [
    { hour: 3, by: 'manager', move: 'hold', reason: 'The seller is in court.' },
    { hour: 75, by: 'manager', move: 'resume', reason: 'The seller won.' },
    { hour: 80, by: 'officer', move: 'approve' },
    { hour: 82, by: 'manager3', move: 'approve' },
    { hour: 90, by: 'manager', move: 'reject', comment: 'Not after this.' },
  ]),
  mortgage(7, 208, flat, [
    { hour: 3, by: 'manager3', move: 'request-info', question: 'Which floor?' },
    { hour: 7, by: 'officer', move: 'provide-info', answer: 'The third, with a lift.' },
    { hour: 9, by: 'manager3', move: 'approve' },
    { hour: 10, by: 'officer2', move: 'approve' },
  ]),
  mortgage(8, 160, flat, [
    { hour: 6, by: 'manager3', move: 'approve' },
    {
      hour: 30,
      by: 'admin',
      move: 'override',
      step: 'papers',
      outcome: 'approve',
      reason: 'Both officers are ill; checked by the notary.',
    },
  ]),
  mortgage(9, 118, house, [{ hour: 9, by: 'admin', move: 'cancel', reason: 'Entered in the wrong workspace.' }]),
  mortgage(10, 50, { ...flat, amountMinor: '24000000' }, [
    { hour: 3, by: 'manager', move: 'hold', reason: 'The land register is closed this week.' },
  ]),
  mortgage(11, 32, flat, [{ hour: 2, by: 'officer2', move: 'request-info', question: 'Who signs for the seller?' }]),
  // Waits for Mona, or for Max in her place.
  mortgage(12, 5, house, [{ hour: 1, by: 'officer', move: 'claim', step: 'papers', seat: 1 }]),
];

const small = (n: number, startedAgo: number, content: JsonObject, moves: readonly Move[] = []): Story =>
  story(
    'small-loan',
    ['small-loan', n],
    { title: `A small loan, number ${n}`, by: 'officer', startedAgo, content: { currency: 'EUR', ...content } },
    moves,
  );

const smallLoans: readonly Story[] = [
  small(1, 560, { amountMinor: '420000', country: 'DE', customerSince: '2011' }),
  small(2, 410, { amountMinor: '99000', country: 'XX', customerSince: '2024' }),
  // The rules do not know; a person does.
  small(3, 290, { amountMinor: '1900000', country: 'FR', customerSince: '2019' }, [
    { hour: 5, by: 'officer2', move: 'approve' },
  ]),
  // Nobody knows where the customer lives: unknown is for people.
  small(4, 10, { amountMinor: '60000' }),
];

const writer = (sources: Provenance['sources']): Provenance => ({
  model: 'writer-4',
  promptHash: 'a'.repeat(64),
  sources,
  generatedAt: null,
});
const letter = (n: number, startedAgo: number, customer: string, text: string, moves: readonly Move[]): Story => ({
  ...story(
    'customer-letter',
    ['letter', n],
    { title: `A letter to ${customer}`, by: 'writer', startedAgo, content: { to: customer, text } },
    moves,
  ),
  draft: writer([{ ref: `File of ${customer}`, sha256: null }]),
});

const letters: readonly Story[] = [
  // Whoever edits does not decide: Mia changes it, others read and sign.
  letter(1, 380, 'Ms Moreau', 'Dear Ms Moreau,\nwe regret.\n', [
    {
      hour: 2,
      by: 'manager',
      move: 'edit',
      content: { to: 'Ms Moreau', text: 'Dear Ms Moreau,\nthank you for waiting. Your loan is approved.\n' },
      note: 'It is good news.',
    },
    { hour: 4, by: 'officer', move: 'approve' },
    { hour: 6, by: 'manager2', move: 'approve' },
  ]),
  letter(2, 180, 'Mr Okafor', 'Dear Mr Okafor,\nyour card is on its way.\n', [
    { hour: 3, by: 'officer2', move: 'approve' },
    { hour: 5, by: 'manager3', move: 'approve' },
  ]),
  letter(3, 15, 'Ms Rossi', 'Dear Ms Rossi,\nas agreed.\n', [
    { hour: 1, by: 'officer', move: 'comment', text: 'What was agreed?' },
  ]),
];

export const showcaseStories: readonly Story[] = [...creditLines, ...mortgages, ...smallLoans, ...letters];
