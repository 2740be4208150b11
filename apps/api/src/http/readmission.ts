import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { catchError, defer, mergeMap, throwError, type Observable } from 'rxjs';
import { StandingMoved } from '#libs/event-store/application/errors';

const MOST = 3;

/**
 * Lets in anew whoever's standing has changed between the door and the log: the command was not recorded, so that it is
 * sent again by who the caller is now, or refused.
 */
@Injectable()
export class Readmission implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return send(context.switchToHttp().getRequest<FastifyRequest>(), next, MOST);
  }
}

const send = (request: FastifyRequest, next: CallHandler, left: number): Observable<unknown> =>
  next.handle().pipe(
    catchError((refusal: unknown) => {
      if (!(refusal instanceof StandingMoved) || left === 0) return throwError(() => refusal);
      return defer(async () => {
        request.door = await request.door!.openedAnew(refusal.actual);
      }).pipe(mergeMap(() => send(request, next, left - 1)));
    }),
  );
