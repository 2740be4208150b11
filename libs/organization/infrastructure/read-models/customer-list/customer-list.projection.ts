import { fold, type ProjectionGroup, type Rows, type TableSpec } from '#libs/processing/application/projection';
import { isErased } from '#libs/kernel/domain/personal';
import { customerEvents, type CustomerEvent } from '../../../domain/customers/customer.events.js';

/** A customer as it was from one instant until another; the last one has no end. */
export interface CustomerVersionRow {
  readonly customer_id: string;
  readonly revision: number;
  readonly workspace_id: string;
  readonly number: string;
  readonly type: string;
  readonly status: string;
  readonly branch_id: string;
  readonly owner_officer_id: string | null;
  readonly registered_by: string;
  /** Null after the key of the customer was destroyed. */
  readonly name: string | null;
  readonly valid_from: string;
  readonly valid_to: string | null;
}

const customerVersionTable: TableSpec<CustomerVersionRow> = {
  name: 'customer_version',
  columns: {
    customer_id: 'text',
    revision: 'integer',
    workspace_id: 'text',
    number: 'text',
    type: 'text',
    status: 'text',
    branch_id: 'text',
    owner_officer_id: 'text null',
    registered_by: 'text',
    name: 'text null',
    valid_from: 'timestamptz',
    valid_to: 'timestamptz null',
  },
  primaryKey: ['customer_id', 'revision'],
  indexes: ['(workspace_id, number)'],
};

type Change = Partial<Omit<CustomerVersionRow, 'customer_id' | 'revision' | 'workspace_id' | 'number'>>;
type At = Readonly<{ revision: bigint; recordedAt: string }>;

/** Ends the version before and begins the next one. */
function next(rows: Rows<CustomerVersionRow>, change: Change, { revision, recordedAt }: At): void {
  const before = [...rows.all()].find(({ valid_to }) => valid_to === null);
  if (!before) return;
  rows.put({ ...before, valid_to: recordedAt });
  rows.put({ ...before, ...change, revision: Number(revision), valid_from: recordedAt });
}

const PREFIX = 'customer-';

/** One row per version of a customer. Serves `GET /customers`, now and as it was. */
export const customerVersions = fold<CustomerEvent, CustomerVersionRow>({
  table: customerVersionTable,
  partitionColumn: 'customer_id',
  partition: ({ streamId }) => (streamId.startsWith(PREFIX) ? streamId.slice(PREFIX.length) : undefined),
  on: {
    CustomerRegistered: (rows, { data, workspaceId, revision, recordedAt }) =>
      rows.put({
        customer_id: data.customerId,
        revision: Number(revision),
        workspace_id: workspaceId,
        number: data.number,
        type: data.type,
        status: 'active',
        branch_id: data.branchId,
        owner_officer_id: data.ownerOfficerId,
        registered_by: data.registeredBy,
        name: nameOf(data.details.name),
        valid_from: recordedAt,
        valid_to: null,
      }),
    CustomerDetailsChanged: (rows, event) => next(rows, { name: nameOf(event.data.details.name) }, event),
    CustomerAssigned: (rows, event) => {
      const { branchId: branch_id, ownerOfficerId } = event.data;
      next(rows, { branch_id, owner_officer_id: ownerOfficerId }, event);
    },
    CustomerDeactivated: (rows, event) => next(rows, { status: 'deactivated' }, event),
    CustomerActivated: (rows, event) => next(rows, { status: 'active' }, event),
  },
});

const nameOf = (name: unknown): string | null => (typeof name === 'string' && !isErased(name) ? name : null);

export const customersGroup: ProjectionGroup = {
  name: 'customers',
  version: 1,
  types: customerEvents.map(({ type }) => type),
  projections: [customerVersions],
};
