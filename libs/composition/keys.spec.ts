import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Config } from './config.js';
import { addSigningKey, dropOldSigningKeys } from './key-rotation.js';
import { KeyError, makeMissingKeys, readKeys } from './keys.js';

describe('keys', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const config = (more = {}) => Config.read({ DATA_DIR: folder, ...more });
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const other = Buffer.alloc(40, 7).toString('base64');

  it('are made once in DATA_DIR, for nobody else to read', () => {
    expect(() => readKeys(config())).toThrow(KeyError);
    makeMissingKeys(config());
    const first = readFileSync(join(folder, 'jwt.key'), 'utf8');
    makeMissingKeys(config());
    expect(readFileSync(join(folder, 'jwt.key'), 'utf8')).toBe(first);
    expect(statSync(join(folder, 'key-encryption.key')).mode & 0o777).toBe(0o600);
    const { signing, keyEncryptionKey } = readKeys(config());
    expect(signing).toHaveLength(1);
    expect(keyEncryptionKey).toHaveLength(32);
  });

  it('are replaced by a new line above the old one, each with its own name', () => {
    makeMissingKeys(config());
    const before = readKeys(config()).signing[0].kid;
    file('jwt.key', `# since May\n${other}\n${readFileSync(join(folder, 'jwt.key'), 'utf8')}`);
    const { signing } = readKeys(config());
    expect(signing.map(({ kid }) => kid)).toEqual([expect.not.stringMatching(before), before]);
  });

  it('are replaced by a new one of the same kind, and the old ones taken away later', () => {
    makeMissingKeys(config());
    const half = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string;
    for (const text of [readFileSync(join(folder, 'jwt.key'), 'utf8'), `# since May\n${other}\n`]) {
      file('jwt.key', text);
      const [{ kid: before, key }] = readKeys(config()).signing;
      file('jwt.key', `${half}${text}`);
      const kids = addSigningKey(config());
      const { signing } = readKeys(config());
      expect(signing.map(({ kid }) => kid)).toEqual(kids);
      expect([kids[2], signing[0].key.type, statSync(join(folder, 'jwt.key')).mode & 0o777]).toEqual([
        before,
        key.type,
        0o600,
      ]);
      expect(dropOldSigningKeys(config())).toEqual([kids[1], before]);
      expect(readKeys(config()).signing.map(({ kid }) => kid)).toEqual([kids[0]]);
      expect(dropOldSigningKeys(config())).toEqual([]);
    }
  });

  it('are Ed25519 keys when they are made, called by their thumbprint', () => {
    makeMissingKeys(config());
    const [{ kid, key }] = readKeys(config()).signing;
    expect([key.type, key.asymmetricKeyType, kid]).toEqual([
      'private',
      'ed25519',
      expect.stringMatching(/^[\w-]{43}$/),
    ]);
  });

  it('may be secrets and PEM blocks side by side, in their order; the public half has the name of the whole', () => {
    const pair = generateKeyPairSync('ed25519');
    const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const half = createPublicKey(pem).export({ type: 'spki', format: 'pem' }) as string;
    makeMissingKeys(config());
    file('jwt.key', `${pem}${other}\n# since May\n${half.replaceAll('\n', '\r\n')}`);
    const { signing } = readKeys(config());
    expect(signing.map(({ key }) => key.type)).toEqual(['private', 'secret', 'public']);
    expect(signing[2]!.kid).toBe(signing[0].kid);
    file('jwt.key', half);
    expect(() => readKeys(config())).toThrow('holds no key that can sign');
  });

  it.each([
    ['half a block', (pem: string) => pem.split('\n').slice(0, 2).join('\n')],
    ['a block without its beginning', (pem: string) => pem.split('\n').slice(1).join('\n')],
    [
      'another block',
      () =>
        generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
          type: 'pkcs8',
          format: 'pem',
        }) as string,
    ],
    ['a broken block', (pem: string) => pem.replace(/MC4C.{4}/, 'AAAAAAAA')],
  ])('refuse %s without printing it', (_, broken) => {
    makeMissingKeys(config());
    const text = broken(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
    file('jwt.key', text);
    expect(() => readKeys(config())).toThrow(KeyError);
    expect(() => readKeys(config())).toThrow(expect.not.objectContaining({ message: expect.stringContaining(text) }));
  });

  it('may stand in files of the configuration, which are never made', () => {
    const JWT_KEY_FILE = file('mine', 'ab'.repeat(32));
    makeMissingKeys(config({ JWT_KEY_FILE }));
    expect(() => statSync(join(folder, 'jwt.key'))).toThrow();
    expect(readKeys(config({ JWT_KEY_FILE })).signing[0].key.symmetricKeySize).toBe(32);
  });

  it.each([
    ['too short', 'c2hvcnQ='],
    ['no base64', 'mein geheimes Passwort, das lang genug wäre, wenn es ein Schlüssel wäre'],
    ['empty', '\n'],
    ['of another length', other],
  ])('refuses a key-encryption key that is %s, without printing it', (_, text) => {
    makeMissingKeys(config());
    file('key-encryption.key', text);
    expect(() => readKeys(config())).toThrow(KeyError);
    expect(() => readKeys(config())).toThrow(expect.not.objectContaining({ message: expect.stringContaining(text) }));
  });
});
