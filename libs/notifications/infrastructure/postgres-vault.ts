import { Injectable } from '@nestjs/common';
import { SubjectKeys } from '#libs/event-store/application/subject-keys';
import type { Json } from '#libs/kernel/domain/json';
import { Database } from '#libs/postgres/infrastructure/database';
import { Vault } from '../application/vault.js';

/** Sealed values in `notifications.sealed`, each bound to its id. */
@Injectable()
export class PostgresVault extends Vault {
  constructor(
    private readonly database: Database,
    private readonly keys: SubjectKeys,
  ) {
    super();
  }

  override async keep<V extends Json>(id: string, keyRef: string, value: V): Promise<V> {
    const key = await this.keys.current(keyRef);
    const { iv, ct } = key.encrypt(JSON.stringify(value), id);
    const { rowCount } = await this.database.pool.query(
      'INSERT INTO notifications.sealed (id, key_id, iv, ct) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING',
      [id, key.keyId, iv, ct],
    );
    if (rowCount === 1) return value;
    const kept = await this.open(id);
    if (kept === undefined) throw new Error(`What was kept as ${id} was erased.`);
    return kept as V;
  }

  override async fingerprint(keyRef: string, text: string): Promise<string> {
    return (await this.keys.current(keyRef)).hmac(text);
  }

  override async open(id: string): Promise<Json | undefined> {
    const { rows } = await this.database.pool.query<{ key_id: string; iv: string; ct: string }>({
      name: 'notifications.open',
      text: 'SELECT key_id, iv, ct FROM notifications.sealed WHERE id = $1',
      values: [id],
    });
    const [sealed] = rows;
    if (!sealed) return undefined;
    const key = (await this.keys.byIds([sealed.key_id])).get(sealed.key_id);
    return key === undefined || key === 'erased' ? undefined : (JSON.parse(key.decrypt(sealed, id)) as Json);
  }
}
