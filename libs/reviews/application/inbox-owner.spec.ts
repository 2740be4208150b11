import { GrantsView } from '#libs/delegations/application/grants-view';
import { grant } from '#libs/delegations/domain/delegation.examples';
import { directory } from '../domain/review.examples.js';
import { inboxOwner } from './inbox-owner.js';

describe('The owner of an inbox', () => {
  const held = [grant('ann', 'vic')];
  const delegations = new GrantsView(
    { byDelegator: new Map([['ann', held]]), byDelegate: new Map([['vic', held]]), revisions: new Map() },
    () => true,
  );
  const owner = (mayDecide: boolean) => {
    const people = directory({ userId: 'vic', roles: ['viewer'], active: true, mayDecide });
    return inboxOwner({ workspaceId: 'demo', userId: 'vic' }, people, delegations);
  };

  it('looks through those who let him act for them', () =>
    expect(owner(true).actsFor).toMatchObject([{ userId: 'ann', roles: ['officer'] }]));

  it('looks through nobody while his roles let decide nothing', () =>
    expect(owner(false)).toMatchObject({ mayDecide: false, actsFor: [] }));
});
