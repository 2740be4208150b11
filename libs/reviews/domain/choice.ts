import { actingForSubmitter } from './acting.js';
import { isPartial } from './four-eyes.js';
import type { ReviewCommand } from './review.commands.js';
import { FourEyes } from './review.errors.js';
import type { CaseFile } from './review.state.js';

type Choosing = Pick<ReviewCommand, 'metadata' | 'facts'>;

/** Whether somebody is free to say who decides on a step: neither he nor a submitter for whom he may act has a part in it. */
export const mayChoose = (command: Choosing, review: CaseFile, index: number): boolean =>
  !isPartial(review, index, actingForSubmitter(command, review), command.facts.directory);

/** @throws FourEyes */
export function guardChoice(command: Choosing, review: CaseFile, index: number): void {
  if (!mayChoose(command, review, index))
    throw new FourEyes(
      'whoever has a part in the subject, or acts for somebody who has, does not choose who decides on it.',
    );
}
