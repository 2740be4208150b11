import { Global, Module } from '@nestjs/common';
import { AuditStream } from './infrastructure/audit-stream.query.js';
import { CaseAccess } from './infrastructure/read-models/audit-trail/case-access.query.js';
import { AuditTrail } from './infrastructure/read-models/audit-trail/audit-trail.query.js';

/** What was recorded, as lines and as events. Needs EventStore, Codec, Database and ReadModels from global modules. */
@Global()
@Module({ providers: [AuditTrail, AuditStream, CaseAccess], exports: [AuditTrail, AuditStream] })
export class AuditModule {}
