import { installation, type ApiInstallation } from './api.examples.js';

describe('calendars over HTTP', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    api = await installation();
  });
  afterAll(() => api.stop());

  const week = { monday: [{ from: '09:00', to: '17:00' }] };

  it('there is one before any is published', async () => {
    const { status, body } = await api.get('/calendars/default', 'viewer');
    expect([status, body.version, body.timezone]).toEqual([200, 0, 'UTC']);
    expect(body.week.saturday).toEqual([]);
  });

  it('are published in versions, listed and read', async () => {
    const loans = { key: 'loans', name: 'Loan desk', week, timezone: 'Europe/Berlin' };
    const created = await api.post('/calendars', 'admin', loans);
    expect([created.status, created.body.version, created.body.state.status]).toEqual([201, 1, 'published']);
    const { calendarId } = created.body;
    expect(created.headers.get('location')).toBe(`/api/v1/calendars/${calendarId}`);

    const again = await api.post('/calendars', 'admin', loans);
    expect([again.status, again.body.code, again.body.calendarId]).toEqual([409, 'already-exists', calendarId]);

    const next = {
      week,
      holidays: [{ date: '12-25', observed: 'next' }, { easter: 1 }],
      days: [{ date: '2026-12-31' }],
    };
    const published = await api.post(`/calendars/${calendarId}/versions`, 'admin', next, {
      headers: { 'if-match': '"0"' },
    });
    expect([published.status, published.body.version]).toEqual([201, 2]);
    const unchanged = await api.post('/calendars/loans/versions', 'admin', next);
    expect([unchanged.status, unchanged.body.events]).toEqual([200, []]);

    const list = await api.get('/calendars', 'viewer', { 'consistency-token': api.token() });
    expect(list.body.data).toEqual([expect.objectContaining({ key: 'loans', version: 2, timezone: 'UTC' })]);
    const versions = await api.get(`/calendars/${calendarId}/versions`, 'viewer');
    expect(versions.body.data.map(({ version }: { version: number }) => version)).toEqual([2, 1]);
    const first = await api.get('/calendars/loans/versions/1', 'viewer');
    expect([first.body.timezone, first.body.holidays]).toEqual(['Europe/Berlin', []]);
    expect((await api.get('/calendars/loans/versions/9', 'viewer')).status).toBe(404);
  });

  it('are refused with all their faults, and to people who publish nothing', async () => {
    const { status, body } = await api.post('/calendars', 'admin', { key: 'No key', week: {}, timezone: 'Mars' });
    expect([status, body.code]).toEqual([422, 'definition-invalid']);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual([
      '/key',
      '/name',
      '/timezone',
      '/week',
    ]);
    expect((await api.post('/calendars', 'manager', {})).status).toBe(403);
  });
});
