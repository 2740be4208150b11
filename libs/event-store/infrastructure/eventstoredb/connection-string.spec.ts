import { connectionOf } from './connection-string.js';

const of = (url: string, more: { username?: string; password?: string } = {}) =>
  connectionOf({ url, purpose: 'commands', ...more });

describe('the EventStoreDB connection string', () => {
  it('keeps the password as it is meant, and sends it percent-encoded', () => {
    const { connectionString, credentials } = of('esdb://ann:p%40ss%3Aw%2Frd@db:2113?tls=true');
    expect(credentials).toEqual({ username: 'ann', password: 'p@ss:w/rd' });
    expect(connectionString).toBe('esdb://ann:p%40ss%3Aw%2Frd@db:2113?tls=true&connectionName=countersign-commands');
  });

  it('takes a password from elsewhere as it is', () => {
    const { connectionString, credentials } = of('esdb://db:2113', { username: 'ann', password: '100% p@ss' });
    expect(credentials).toEqual({ username: 'ann', password: '100% p@ss' });
    expect(connectionString).toContain('esdb://ann:100%25%20p%40ss@db:2113?');
  });

  it('has credentials of no meaning where the server asks for none: they select the plain append call', () => {
    expect(of('esdb://localhost:2113?tls=false').credentials.username).not.toBe('');
  });

  it('knows clusters', () => {
    expect(of('esdb+discover://ann:x@a:2113,b:2113/?nodePreference=leader').connectionString).toMatch(
      /^esdb\+discover:\/\/ann:x@a:2113,b:2113\?nodePreference=leader&/,
    );
  });

  it.each([
    ['another scheme', 'postgres://ann:hunter2@db:2113'],
    ['no host', 'esdb://ann:hunter2@?tls=true'],
    ['an @ in the password', 'esdb://ann:hunter2@x@db:2113'],
    ['a colon in the password', 'esdb://ann:hunter2:x@db:2113'],
    ['a password that is not percent-encoded', 'esdb://ann:hunter2%@db:2113'],
    ['a port of words', 'esdb://ann:hunter2@db:port'],
    ['no user, but TLS', 'esdb://hunter2:2113'],
    ['an unknown option, which the client would print with the password', 'esdb://ann:hunter2@db:2113?tsl=false'],
    ['an option without a value', 'esdb://ann:hunter2@db:2113?tls'],
  ])('names what is wrong with %s, never the value', (_, url) => {
    expect(() => of(url)).toThrow(/^The EventStoreDB connection string/);
    expect(() => of(url)).not.toThrow(/hunter2/);
  });
});
