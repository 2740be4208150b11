import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A certificate and its key, in PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** In PEM: whoever trusts it trusts what it issues. */
  readonly cert: string;
  /** @param names host names and IPv4 addresses; @param days how long it holds from now on, negative = it is over. */
  issue(names: readonly string[], days?: number): Certified;
}

const DAY = 86_400_000;
const COMMON_NAME = '550403';
const BASIC_CONSTRAINTS = '551d13';
const ALTERNATIVE_NAMES = '551d11';
const ECDSA_WITH_SHA256 = '2a8648ce3d040302';

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  bytes: 0x04,
  oid: 0x06,
  text: 0x0c,
  time: 0x17,
  sequence: 0x30,
};

/** One element of DER. */
function der(tag: number, ...content: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(content.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)));
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: readonly Buffer[]) => der(TAG.sequence, ...parts);
const algorithm = sequence(der(TAG.oid, ECDSA_WITH_SHA256));
const nameOf = (text: string) =>
  sequence(der(0x31, sequence(der(TAG.oid, COMMON_NAME), der(TAG.text, Buffer.from(text)))));
const timeOf = (ms: number) =>
  der(TAG.time, Buffer.from(`${new Date(ms).toISOString().replaceAll(/\D/g, '').slice(2, 14)}Z`));
const extension = (oid: string, value: Buffer) => sequence(der(TAG.oid, oid), der(TAG.bytes, value));
const isAddress = (name: string) => /^[\d.]+$/.test(name);
const alternative = (name: string) =>
  isAddress(name) ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name));

interface Request {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly days: number;
  readonly extension: Buffer;
}

function certificate({ issuer, subject, publicKey, signer, days, extension: only }: Request): string {
  const now = Date.now();
  const content = sequence(
    der(0xa0, der(TAG.integer, '02')),
    der(TAG.integer, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    nameOf(issuer),
    sequence(timeOf(now + Math.min(-1, days - 1) * DAY), timeOf(now + days * DAY)),
    nameOf(subject),
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, sequence(only)),
  );
  const whole = sequence(content, algorithm, der(TAG.bits, '00', sign('sha256', content, signer)));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

/** Somebody who certifies, as browsers and Node trust a hundred of; made anew for each test, so that no key lies about. */
export function authority(name = 'A test authority'): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = extension(BASIC_CONSTRAINTS, sequence(der(TAG.boolean, 'ff')));
  const about = { issuer: name, signer: own.privateKey };
  return {
    cert: certificate({ ...about, subject: name, publicKey: own.publicKey, days: 2, extension: isAuthority }),
    issue(names, days = 1) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const valid = extension(ALTERNATIVE_NAMES, sequence(...names.map(alternative)));
      return {
        cert: certificate({ ...about, subject: names[0] ?? '', publicKey, days, extension: valid }),
        key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      };
    },
  };
}
