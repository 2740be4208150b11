import { randomBytes, randomUUID } from 'node:crypto';
import { SubjectKeys, type SubjectKey } from '../application/subject-keys.js';
import { AesSubjectKey } from './subject-key.js';

/** Keys for tests: as real as the others, gone with the process. */
export class InMemorySubjectKeys extends SubjectKeys {
  readonly #live = new Map<string, SubjectKey>();
  readonly #byId = new Map<string, SubjectKey | 'erased'>();

  override async current(subjectRef: string): Promise<SubjectKey> {
    let key = this.#live.get(subjectRef);
    if (key === undefined) {
      key = new AesSubjectKey(randomUUID(), randomBytes(32));
      this.#live.set(subjectRef, key);
      this.#byId.set(key.keyId, key);
    }
    return key;
  }

  override async byIds(keyIds: readonly string[]): Promise<ReadonlyMap<string, SubjectKey | 'erased'>> {
    return new Map(keyIds.map((id) => [id, this.#byId.get(id) ?? 'erased']));
  }

  override async destroy(subjectRef: string): Promise<void> {
    const key = this.#live.get(subjectRef);
    if (key === undefined) return;
    this.#live.delete(subjectRef);
    this.#byId.set(key.keyId, 'erased');
  }
}
