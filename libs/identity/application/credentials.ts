/** Password hashes by user. */
export abstract class Credentials {
  abstract find(userId: string): Promise<string | undefined>;
  abstract put(userId: string, passwordHash: string, now: Date): Promise<void>;
}
