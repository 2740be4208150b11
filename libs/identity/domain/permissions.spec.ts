import { grantsOf, permissions, roles, scopeOf } from './permissions.js';

describe('the permission table', () => {
  it.each([
    ['admin', 'workspace', 'workspace', 'workspace', 'workspace', 'workspace', 'workspace'],
    ['manager', undefined, 'branch', undefined, 'branch', 'branch', 'branch'],
    ['officer', undefined, 'branch', undefined, 'own', 'own', 'own'],
    ['viewer', undefined, 'branch', undefined, undefined, undefined, undefined],
    ['auditor', undefined, 'workspace', 'read', undefined, undefined, 'workspace'],
    ['service', undefined, undefined, undefined, undefined, undefined, undefined],
  ] as const)('%s', (role, manage, read, operate, start, decide, audit) => {
    const scope = (permission: (typeof permissions)[number]) => scopeOf(permission, [role]);
    expect([
      scope('workflow:manage'),
      scope('review:read'),
      scope('system:operate'),
      scope('review:start'),
      scope('review:decide'),
      scope('audit:read'),
    ]).toEqual([manage, read, operate, start, decide, audit]);
  });

  it('a higher role keeps what the lower one may do, as far as it reaches', () => {
    const width = ['read', 'own', 'branch', 'workspace'];
    for (const [higher, lower] of [
      ['manager', 'officer'],
      ['officer', 'viewer'],
    ] as const)
      for (const { permission, scope } of grantsOf({ roles: [lower] }))
        expect(width.indexOf(scopeOf(permission, [higher]) ?? '')).toBeGreaterThanOrEqual(width.indexOf(scope));
  });

  it('several roles reach as far as the widest of them', () => {
    expect(scopeOf('review:start', ['viewer', 'officer', 'manager'])).toBe('branch');
  });

  it('a role nobody knows, or named like a member of every object, holds nothing', () => {
    for (const name of ['root', '__proto__', 'constructor', 'toString', ''])
      expect(grantsOf({ roles: [name] })).toEqual([]);
  });

  it('every role but service holds something', () => {
    expect(roles.filter((role) => grantsOf({ roles: [role] }).length === 0)).toEqual(['service']);
  });
});
