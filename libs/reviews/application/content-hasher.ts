import { Injectable } from '@nestjs/common';
import { canonicalJson, UnrepresentableValue, utf8Length } from '#libs/kernel/domain/canonical-json';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { Step } from '#libs/kernel/domain/workflow-definition';
import { SubjectKeys } from '#libs/event-store/application/subject-keys';
import { contentHashes } from '../domain/content-hashes.js';
import type { ContentHashes } from '../domain/review.commands.js';
import { ValidationFailed } from '../domain/review.errors.js';

/** The hashes stand beside the content in one event: with thousands of members they would be larger than it. */
const MAX_HASHES_BYTES = 96 * 1024;

/** Makes the hashes that decisions are bound to: HMACs under the subject's key, so that erasure takes them too. */
@Injectable()
export class ContentHasher {
  constructor(private readonly keys: SubjectKeys) {}

  /**
   * Hashes the whole, every top-level member, and every place an assignment of the steps looks at.
   * Throws `ValidationFailed` for what cannot be stored; pointers in it begin with `at`.
   */
  async hash(
    subjectRef: string,
    content: JsonObject,
    steps: readonly Pick<Step, 'assignees'>[],
    at: string,
  ): Promise<ContentHashes> {
    const whole = canonicalContent(content, at);
    const key = await this.keys.current(subjectRef);
    const hashes = contentHashes(content, whole, steps, (text) => key.hmac(text));
    if (utf8Length(JSON.stringify(hashes.fieldHashes)) > MAX_HASHES_BYTES) throw tooManyMembers(at);
    return hashes;
  }
}

const tooManyMembers = (at: string) =>
  new ValidationFailed('The content has too many members.', [
    { pointer: at, code: 'too-many', detail: 'has too many members at its top: group them in objects' },
  ]);

function canonicalContent(content: JsonObject, at: string): string {
  try {
    return canonicalJson(content);
  } catch (fault) {
    if (!(fault instanceof UnrepresentableValue)) throw fault;
    const { pointer, reason, advice } = fault;
    throw new ValidationFailed(`${at}${pointer}: ${advice}`, [
      { pointer: `${at}${pointer}`, code: reason, detail: advice },
    ]);
  }
}
