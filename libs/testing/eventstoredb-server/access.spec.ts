import { Metadata } from '@grpc/grpc-js';
import { Access } from './access.js';
import { EventLog } from './log.js';

const as = (name: string, password = `${name}-password`): Metadata => {
  const headers = new Metadata();
  headers.set('authorization', `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`);
  return headers;
};
const nobody = new Metadata();
const users = { admin: 'admin-password', ann: 'ann-password', bob: 'bob-password' };

describe('access to the test server', () => {
  it('lets everybody in when it has no users', () => {
    expect(() => new Access(new EventLog(), undefined).check(nobody, '$all', 'r')).not.toThrow();
  });

  it('keeps system streams, and so $all, for administrators', () => {
    const access = new Access(new EventLog(), users);
    expect(() => access.check(as('admin'), '$all', 'r')).not.toThrow();
    expect(() => access.check(as('ann'), '$all', 'r')).toThrow('Access Denied');
    expect(() => access.check(nobody, '$all', 'r')).toThrow('Access Denied');
    expect(() => access.check(nobody, 'review-1', 'w')).not.toThrow();
  });

  it('refuses a wrong password', () => {
    expect(() => new Access(new EventLog(), users).check(as('admin', 'guess'), 's', 'r')).toThrow('401');
  });

  it('follows the access list of a stream', () => {
    const log = new EventLog();
    const data = Buffer.from(JSON.stringify({ $acl: { $r: ['ann'], $w: 'bob' } }));
    const metadata = new Uint8Array();
    log.append('$$s', 'any', [{ id: 'a', type: '$metadata', isJson: true, data, metadata }]);
    const access = new Access(log, users);
    expect(() => access.check(as('ann'), 's', 'r')).not.toThrow();
    expect(() => access.check(as('bob'), 's', 'r')).toThrow('Access Denied');
    expect(() => access.check(as('bob'), 's', 'w')).not.toThrow();
  });
});
