import { Injectable } from '@nestjs/common';
import { canonicalJson, UnrepresentableValue, utf8Length } from '#libs/kernel/domain/canonical-json';
import type { Json, JsonObject } from '#libs/kernel/domain/json';
import type { Step } from '#libs/kernel/domain/workflow-definition';
import { SubjectKeys } from '#libs/event-store/application/subject-keys';
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
    const paths = new Set([
      ...Object.keys(content).map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
      ...steps.flatMap(({ assignees }) => assignees.flatMap(({ scope }) => scope ?? [])),
    ]);
    const fieldHashes: Record<string, string> = {};
    for (const path of [...paths].toSorted()) {
      const value = valueAt(content, path);
      if (value !== undefined) fieldHashes[path] = key.hmac(`${path}\n${canonicalJson(value)}`);
    }
    if (utf8Length(JSON.stringify(fieldHashes)) > MAX_HASHES_BYTES) throw tooManyMembers(at);
    return { contentHash: key.hmac(whole), fieldHashes };
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

/** The value a JSON pointer names; undefined when there is none. */
function valueAt(content: JsonObject, pointer: string): Json | undefined {
  let value: Json | undefined = content;
  for (const segment of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined;
    const name = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    value = Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;
  }
  return value;
}
