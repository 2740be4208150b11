import { errorLine } from './logging.js';

describe('an error in the log', () => {
  it('says what happened, with its causes, and not what a driver hangs on it', () => {
    const cause = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED', client: { password: 'x' } });
    const line = errorLine(new TypeError('the log is gone', { cause }));
    expect(line).toMatchObject({
      type: 'TypeError',
      message: 'the log is gone',
      cause: { message: 'connection refused', code: 'ECONNREFUSED' },
    });
    expect(JSON.stringify(line)).not.toContain('password');
  });

  it('takes what is no error too', () => {
    expect(errorLine('boom')).toEqual({ message: 'boom' });
  });
});
