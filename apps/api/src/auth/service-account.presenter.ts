import type { WithSecret } from '#libs/identity/application/service-accounts';
import { isCreated, type ServiceAccount, type ServiceAccountState } from '#libs/identity/domain/service-account';
import type { ServiceAccountAnswer, ServiceAccountStateAnswer } from './service-account.dto.js';

export const serviceAccountAnswer = (account: ServiceAccount): ServiceAccountAnswer => {
  const { serviceId: id, name, role, status, branchId, grants, createdAt } = account;
  return { id, name, role, status, branchId, grants: [...grants], createdAt };
};

export const serviceAccountState = (account: ServiceAccountState): ServiceAccountStateAnswer =>
  isCreated(account) ? { status: account.status, grants: [...account.grants] } : { status: account.status, grants: [] };

/** Id and secret beside the receipt. */
export const clientOf =
  ({ secret }: WithSecret) =>
  (account: ServiceAccountState) => {
    const clientId = isCreated(account) ? account.serviceId : '';
    return { body: { clientId, clientSecret: secret ?? null }, location: `/api/v1/service-accounts/${clientId}` };
  };
