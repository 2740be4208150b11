import { NodeHashing, sha256 } from './node-hashing.js';

describe('hashing', () => {
  it('is SHA-256 over UTF-8, at once or piece by piece', () => {
    const known = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256('abc')).toBe(known);
    expect(new NodeHashing().sha256('abc')).toBe(known);
    expect(new NodeHashing().running().update('a').update('bc').digest()).toBe(known);
    expect(sha256('é')).toBe(new NodeHashing().running().update('é').digest());
  });
});
