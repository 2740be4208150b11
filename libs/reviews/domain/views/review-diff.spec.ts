import type { JsonObject } from '#libs/kernel/domain/json';
import { definition, loan, resubmit, start, step, Story } from '../review.examples.js';
import { reviewDiff, type ReviewDiff } from './review-diff.js';

const diff = (before: JsonObject, after: JsonObject): ReviewDiff => {
  const { started } = Story.of(
    start(definition(step('check'))),
    resubmit({ ...loan, ...before }),
    resubmit({ ...loan, ...after }),
  );
  return reviewDiff(started, 2, 3)!;
};

const linesOf = (name: string, many: number) => Array.from({ length: many }, (_, line) => `${name}${line}`).join('\n');

const COMMON = '\ncommon\n';

describe('The difference between two revisions', () => {
  it('names each member that changed by its JSON pointer', () =>
    expect(diff({ a: { 'b/c': 1 }, gone: [] }, { a: { 'b/c': 2 }, come: null }).fields).toEqual([
      { path: '/a/b~1c', op: 'replace', before: 1, after: 2 },
      { path: '/gone', op: 'remove', before: [], after: null },
      { path: '/come', op: 'add', before: null, after: null },
    ]));

  it('tells text line by line', () =>
    expect(diff({ memo: 'one\ntwo\nthree' }, { memo: 'one\n2\nthree' }).text).toEqual([
      {
        path: '/memo',
        lines: [
          { op: 'same', text: 'one' },
          { op: 'remove', text: 'two' },
          { op: 'add', text: '2' },
          { op: 'same', text: 'three' },
        ],
      },
    ]));

  it('tells documents by their hash, whatever their version', () => {
    const { started } = Story.of(start(definition(step('check'))), resubmit({ ...loan, term: 12 }));
    const [before, after] = started.revisions.map((revision, at) => ({
      ...revision,
      documents: [
        { documentId: 'same', version: at, sha256: 'a' },
        { documentId: 'payslip', version: 1, sha256: at === 0 ? 'b' : 'c' },
        at === 0 ? { documentId: 'gone', version: 1, sha256: 'd' } : { documentId: 'come', version: 1, sha256: 'e' },
      ],
    }));
    expect(reviewDiff({ ...started, revisions: [before!, after!] }, 1, 2)?.documents).toEqual([
      { documentId: 'payslip', op: 'replace', before: 'b', after: 'c' },
      { documentId: 'gone', op: 'remove', before: 'd', after: null },
      { documentId: 'come', op: 'add', before: null, after: 'e' },
    ]);
  });

  it('replaces texts whole that have too little in common, instead of comparing them for minutes', () => {
    const [memo] = diff(
      { memo: linesOf('a', 30_000) + COMMON + linesOf('A', 30_000) },
      { memo: linesOf('b', 30_000) + COMMON + linesOf('B', 30_000) },
    ).text;
    expect(memo?.lines).toHaveLength(120_002);
    expect(memo?.lines[0]).toEqual({ op: 'remove', text: 'a0' });
    expect(memo?.lines.filter(({ text }) => text === 'common').map(({ op }) => op)).toEqual(['remove', 'add']);
    expect(memo?.lines.at(-1)).toEqual({ op: 'add', text: 'B29999' });
  });

  it('has one patience for all texts together', () => {
    const texts = (name: string) =>
      Object.fromEntries(
        Array.from({ length: 300 }, (_, field) => [`memo${field}`, linesOf(`${name}${field}-`, 100) + COMMON]),
      );
    const { text } = diff(texts('a'), texts('b'));
    expect(text).toHaveLength(300);
    // The first are compared, and find what is common; for the last there is none left.
    expect([text[0]?.lines.length, text.at(-1)?.lines.length]).toEqual([201, 202]);
  });
});
