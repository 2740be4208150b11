import { randomBytes } from 'node:crypto';
import { Secrets } from '../application/secrets.js';

export class RandomSecrets extends Secrets {
  override make(): string {
    return `whsec_${randomBytes(32).toString('base64')}`;
  }
}
