import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { derivedId } from '#libs/kernel/domain/ids';
import { customerDecider, type CustomerCommand } from '../../domain/customers/customer.decider.js';
import type { CustomerEvent } from '../../domain/customers/customer.events.js';
import type { Customer } from '../../domain/customers/customer.state.js';

/** One customer per number and workspace, for good: the number gives the stream, so that no claim is needed. */
export const customerIdOf = (workspaceId: string, number: string): string => derivedId('customer', workspaceId, number);

/** Whose key seals what is personal about a customer. */
export const customerKeyRef = (customerId: string): string => derivedId('customer-details', customerId);

/** The streams `customer-{id}`. */
@Injectable()
export class CustomerStreams extends StreamHandler<Customer, CustomerCommand, CustomerEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(store, codec, {
      category: 'customer',
      decider: customerDecider,
      creates: ({ type }) => type === 'RegisterCustomer',
      dataSubject: (_, { data }) => customerKeyRef(data.customerId),
    });
  }
}
