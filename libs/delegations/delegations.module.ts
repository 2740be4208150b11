import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AbsenceCover } from './application/absence-cover.js';
import { AbsenceTarget } from './application/absence.target.js';
import { EndAbsenceHandler, EnterAbsenceHandler } from './application/commands/absence.handlers.js';
import { CreateDelegationHandler } from './application/commands/create-delegation.handler.js';
import { RevokeDelegationHandler } from './application/commands/revoke-delegation.handler.js';
import { DelegationBook } from './application/delegation-book.js';
import { DelegationList } from './application/delegation-list.js';
import { DelegationStreams } from './application/delegation-streams.js';
import { Delegations } from './application/delegations.js';

/** Who may act for whom. Needs EventStore, Codec, Hashing, Directory, UserOrders and WorkflowCatalogue from global modules. */
@Global()
@Module({
  imports: [CqrsModule],
  providers: [
    DelegationStreams,
    DelegationBook,
    { provide: Delegations, useExisting: DelegationBook },
    DelegationList,
    CreateDelegationHandler,
    RevokeDelegationHandler,
    AbsenceCover,
    AbsenceTarget,
    EnterAbsenceHandler,
    EndAbsenceHandler,
  ],
  exports: [Delegations, DelegationBook, DelegationList, AbsenceTarget],
})
export class DelegationsModule {}
