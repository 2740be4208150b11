import { Injectable } from '@nestjs/common';
import type { Claim } from '#libs/event-store/application/claims';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { Clock } from '#libs/kernel/application/clock';
import { ServiceNameTaken } from '../domain/identity.errors.js';
import {
  serviceAccountDecider,
  type ServiceAccountCommand,
  type ServiceAccountState,
} from '../domain/service-account.js';
import type { ServiceAccountEvent } from '../domain/service-account.events.js';

/** The streams `service-{serviceId}`. */
@Injectable()
export class ServiceAccountStreams extends StreamHandler<
  ServiceAccountState,
  ServiceAccountCommand,
  ServiceAccountEvent
> {
  constructor(
    store: EventStore,
    codec: Codec,
    private readonly clock: Clock,
  ) {
    super(
      store,
      codec,
      { category: 'service', decider: serviceAccountDecider, creates: ({ type }) => type === 'CreateServiceAccount' },
      { cacheSize: 1024 * 1024 },
    );
  }

  /** A name belongs to one account of the workspace, until that is deactivated. */
  nameClaim(name: string): Claim<ServiceAccountEvent> {
    return {
      kind: 'service-account',
      key: name,
      isOver: async (serviceId) => {
        const { state } = await this.load(serviceId);
        return state.status === 'deactivated';
      },
      taken: () => new ServiceNameTaken(),
      abandon: (serviceId) => ({
        type: 'ServiceAccountAbandoned',
        data: { serviceId, at: this.clock.now().toISOString() },
      }),
    };
  }
}
