import { showcaseStories } from './showcase.js';
import type { Move, Story } from './story.js';

/** The texts of a subject, by member. */
type Content = Readonly<Record<string, string>>;

/** Who plays which part in one story. */
interface Parts {
  readonly submitter: string;
  /** The officer who did not submit. */
  readonly officer: string;
  readonly first: string;
  readonly second: string;
  readonly third: string;
  readonly content: Content;
}

type Plot = (parts: Parts) => readonly Move[];

const higher = (content: Content): Content => ({
  ...content,
  amountMinor: String(BigInt(content['amountMinor']!) - 50_000n),
  purpose: `${content['purpose']}, own contribution raised`,
});

const loanPlots = {
  approved: ({ officer, first, second }) => [
    { hour: 3, by: officer, move: 'approve', comment: 'Papers are complete.' },
    { hour: 20, by: first, move: 'approve' },
    { hour: 26, by: second, move: 'approve', comment: 'Within policy.' },
  ],
  approvedAfterTalk: ({ submitter, officer, first, second, third }) => [
    { hour: 2, by: officer, move: 'comment', text: 'Called the employer, income confirmed.' },
    { hour: 5, by: officer, move: 'approve' },
    { hour: 22, by: first, move: 'comment', text: 'Is the collateral insured?' },
    { hour: 24, by: submitter, move: 'comment', text: 'Yes, the policy is in the file.' },
    { hour: 28, by: first, move: 'abstain', comment: 'The applicant is my neighbour.' },
    // One of two seats is gone: the step is blocked until somebody else is asked.
    { hour: 29, by: submitter, move: 'escalate', reason: 'The committee needs another member.', role: 'manager' },
    { hour: 30, by: second, move: 'approve' },
    { hour: 33, by: third, move: 'approve' },
  ],
  rejectedByCommittee: ({ officer, first }) => [
    { hour: 4, by: officer, move: 'approve' },
    { hour: 30, by: first, move: 'reject', comment: 'The debt ratio is above 45 %.' },
  ],
  rejectedAtOnce: ({ officer }) => [{ hour: 6, by: officer, move: 'reject', comment: 'The applicant is under age.' }],
  resubmitted: ({ submitter, officer, first, second, content }) => [
    {
      hour: 2,
      by: officer,
      move: 'request-changes',
      items: [
        { text: 'The latest pay slip is missing.' },
        { text: 'Raise the own contribution.', path: '/amountMinor' },
      ],
    },
    { hour: 9, by: submitter, move: 'comment', text: 'The applicant brings it tomorrow.' },
    { hour: 20, by: submitter, move: 'resubmit', content: higher(content), note: 'Pay slip of June added.' },
    { hour: 24, by: officer, move: 'approve' },
    { hour: 40, by: first, move: 'approve' },
    { hour: 41, by: second, move: 'approve' },
  ],
  sentBackByCommittee: ({ submitter, officer, first, second, content }) => [
    { hour: 3, by: officer, move: 'approve' },
    { hour: 10, by: first, move: 'request-changes', items: [{ text: 'Why this purpose?', path: '/purpose' }] },
    { hour: 26, by: submitter, move: 'resubmit', content: higher(content), note: 'Explained.' },
    { hour: 30, by: officer, move: 'approve' },
    { hour: 34, by: first, move: 'approve' },
    { hour: 50, by: second, move: 'approve' },
  ],
  withdrawn: ({ submitter, officer }) => [
    { hour: 5, by: officer, move: 'approve' },
    { hour: 15, by: submitter, move: 'withdraw', reason: 'The customer bought elsewhere.' },
  ],
  withdrawnAtOnce: ({ submitter }) => [
    { hour: 1, by: submitter, move: 'withdraw', reason: 'Entered twice by mistake.' },
  ],
  // The committee never meets: its step expires 120 hours after it was opened.
  expired: ({ officer, first }) => [
    { hour: 4, by: officer, move: 'approve' },
    { hour: 30, by: first, move: 'approve' },
  ],
  // The clock of the initial review runs out at hour 24.
  late: ({ officer, first, second }) => [
    { hour: 27, by: officer, move: 'approve', comment: 'Sorry, I was ill.' },
    { hour: 40, by: first, move: 'approve' },
    { hour: 60, by: second, move: 'approve' },
  ],
  // Nobody acts until hour 30, when the escalation asks the managers too.
  rescuedByEscalation: ({ officer, first, second, third }) => [
    { hour: 33, by: officer, move: 'approve' },
    { hour: 50, by: second, move: 'approve' },
    { hour: 58, by: third, move: 'comment', text: 'Fine with me as well.' },
    { hour: 60, by: first, move: 'approve' },
  ],
  fresh: () => [],
  talkedAbout: ({ officer }) => [{ hour: 1, by: officer, move: 'comment', text: 'I look at it after lunch.' }],
  oneOfTwo: ({ officer, first, third }) => [
    { hour: 2, by: officer, move: 'approve' },
    { hour: 9, by: first, move: 'approve' },
    { hour: 11, by: third, move: 'comment', text: 'Waiting for the valuation.' },
  ],
  sentBack: ({ officer }) => [
    { hour: 3, by: officer, move: 'request-changes', items: [{ text: 'Sign page 4, please.' }] },
  ],
  escalatedByHand: ({ submitter, officer }) => [
    { hour: 4, by: officer, move: 'comment', text: 'Too large for me alone.' },
    { hour: 6, by: submitter, move: 'escalate', reason: 'The customer signs on Friday.', role: 'manager' },
  ],
} satisfies Record<string, Plot>;

const documentPlots = {
  released: ({ officer, first }) => [
    { hour: 5, by: 'manager3', move: 'approve' },
    { hour: 20, by: officer, move: 'approve' },
    { hour: 22, by: first, move: 'approve' },
  ],
  refused: ({ officer }) => [
    { hour: 8, by: 'manager3', move: 'approve' },
    { hour: 12, by: officer, move: 'reject', comment: 'The terms of last year are still in it.' },
  ],
  // The lawyer is away: reminder, breach, a second lawyer, and 72 hours after the breach the end.
  forgotten: () => [],
  helpedOut: ({ officer, first }) => [
    { hour: 34, by: 'admin', move: 'approve', comment: 'For Mona, who is on leave.' },
    { hour: 40, by: officer, move: 'approve' },
    { hour: 44, by: first, move: 'approve' },
  ],
  rewritten: ({ submitter, officer, first, content }) => [
    { hour: 4, by: 'manager3', move: 'request-changes', items: [{ text: 'Name the law.', path: '/body' }] },
    {
      hour: 16,
      by: submitter,
      move: 'resubmit',
      content: { ...content, body: `${content['body']}\nSee § 312 BGB.` },
      note: 'Law named.',
    },
    { hour: 18, by: 'manager3', move: 'approve' },
    { hour: 19, by: officer, move: 'approve' },
    { hour: 21, by: first, move: 'approve' },
  ],
  waiting: () => [],
  halfReleased: ({ officer }) => [
    { hour: 2, by: 'manager3', move: 'approve' },
    { hour: 7, by: officer, move: 'approve' },
  ],
} satisfies Record<string, Plot>;

/** [plot, hours ago]: thirty days, oldest first; what is still open lies at the end. */
const loans: readonly (readonly [keyof typeof loanPlots, number])[] = [
  ['approved', 718], ['rejectedAtOnce', 709], ['approvedAfterTalk', 700], ['expired', 688], ['approved', 676],
  ['withdrawn', 661], ['resubmitted', 652], ['late', 640], ['approved', 628], ['rejectedByCommittee', 613],
  ['sentBackByCommittee', 604], ['approved', 592], ['rescuedByEscalation', 580], ['withdrawnAtOnce', 566],
  ['approvedAfterTalk', 555], ['expired', 541], ['resubmitted', 530], ['rejectedByCommittee', 517], ['approved', 505],
  ['late', 491], ['withdrawn', 478], ['approved', 466], ['rescuedByEscalation', 452], ['rejectedAtOnce', 440],
  ['sentBackByCommittee', 428], ['approvedAfterTalk', 415], ['expired', 402], ['approved', 390], ['withdrawn', 377],
  ['resubmitted', 365], ['rejectedByCommittee', 352], ['approved', 338], ['late', 325], ['approved', 312],
  ['rescuedByEscalation', 299], ['expired', 286], ['approvedAfterTalk', 270], ['withdrawnAtOnce', 255],
  ['approved', 240], ['resubmitted', 222], ['rejectedByCommittee', 205], ['approved', 188], ['late', 170],
  ['expired', 150], ['approved', 131], ['sentBackByCommittee', 112], ['approvedAfterTalk', 94], ['sentBack', 88],
  ['oneOfTwo', 71], ['approved', 63], ['escalatedByHand', 52], ['fresh', 47], ['sentBack', 41], ['fresh', 38],
  ['oneOfTwo', 33], ['escalatedByHand', 27], ['fresh', 26], ['oneOfTwo', 21], ['sentBack', 17], ['talkedAbout', 12],
  ['escalatedByHand', 9], ['talkedAbout', 6], ['fresh', 4], ['fresh', 2], ['fresh', 1],
]; // prettier-ignore

const documents: readonly (readonly [keyof typeof documentPlots, number])[] = [
  ['released', 690], ['rewritten', 630], ['refused', 570], ['helpedOut', 515], ['forgotten', 460], ['released', 400],
  ['rewritten', 330], ['helpedOut', 262], ['refused', 196], ['forgotten', 140], ['released', 86], ['rewritten', 58],
  ['forgotten', 36], ['halfReleased', 30], ['waiting', 23], ['halfReleased', 14], ['waiting', 7], ['waiting', 3],
]; // prettier-ignore

const customers = [
  'Abendroth', 'Bianchi', 'Costa', 'Dubois', 'Eriksen', 'Farkas', 'Grünwald', 'Horvat', 'Ivanova', 'Janssen', 'Kowalska',
  'Lindqvist', 'Moreau', 'Novak', 'Okafor', 'Papadakis', 'Quispe', 'Rossi', 'Schneider', 'Tanaka', 'Ueland', 'Vargas',
]; // prettier-ignore
const purposes = ['a car', 'a kitchen', 'roof repairs', 'a solar plant', 'working capital', 'a lathe', 'a wedding'];
const papers = ['Terms for savings', 'Price list', 'Privacy notice', 'Loan brochure', 'Terms for cards'];

const pick = <T>(list: readonly T[], i: number): T => list[i % list.length] as T;
const managers = ['manager', 'manager2', 'manager3'];

const partsOf = (i: number, content: Content): Parts => ({
  submitter: i % 2 ? 'officer2' : 'officer',
  officer: i % 2 ? 'officer' : 'officer2',
  first: pick(managers, i),
  second: pick(managers, i + 1),
  third: pick(managers, i + 2),
  content,
});

const loanStories = loans.map(([plot, startedAgo], i): Story => {
  const customer = pick(customers, i);
  const amount = 250_000 + ((i * 7919) % 97) * 50_000;
  const purpose = pick(purposes, i);
  const content = {
    customer,
    amountMinor: String(amount),
    currency: 'EUR',
    months: String(12 + (i % 6) * 12),
    purpose,
  };
  const parts = partsOf(i, content);
  const id = `loan-${String(i + 1).padStart(4, '0')}`;
  const title = `${customer}: ${(amount / 100).toFixed(0)} EUR for ${purpose}`;
  const plotted: Plot = loanPlots[plot];
  const subject = { type: 'loan', id, title, content };
  return { workflow: 'loan-approval', subject, by: parts.submitter, startedAgo, moves: plotted(parts) };
});

const documentStories = documents.map(([plot, startedAgo], i): Story => {
  const title = `${pick(papers, i)}, edition ${1 + Math.floor(i / papers.length)}`;
  const content = { title, language: i % 3 ? 'en' : 'de', body: `${title}.\nValid from the first of next month.` };
  // The release needs a manager besides the lawyer.
  const parts = { ...partsOf(i, content), first: pick(['manager', 'manager2'], i) };
  const id = `doc-${String(i + 1).padStart(4, '0')}`;
  const plotted: Plot = documentPlots[plot];
  const subject = { type: 'document', id, title, content };
  return { workflow: 'document-release', subject, by: parts.submitter, startedAgo, moves: plotted(parts) };
});

/** Everything that happened in the demo's thirty days. */
export const stories: readonly Story[] = [...loanStories, ...documentStories, ...showcaseStories];
