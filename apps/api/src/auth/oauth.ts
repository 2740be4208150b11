import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Client } from '#libs/identity/application/client-sign-in';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { Unauthenticated } from '#libs/identity/domain/identity.errors';
import { answerProblem } from '../http/problem.filter.js';
import type { Fault } from '../http/refusals.js';
import type { TokenBody } from './token.dto.js';

/**
 * Runs what may refuse a grant; a refusal to sign in gets the members `error` and `error_description`, by which OAuth 2
 * libraries tell refusals apart (RFC 6749 §5.2).
 */
export async function granting<T>(error: 'invalid_grant' | 'invalid_client', work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (refusal) {
    if (!(refusal instanceof DomainError) || refusal.kind !== 'unauthenticated') throw refusal;
    throw told(refusal, error);
  }
}

/** The refusal, which was made for this request alone. */
const told = (refusal: DomainError, error: string) =>
  Object.assign(refusal, { details: { ...refusal.details, error, error_description: refusal.message } });

/** A form that cannot be read is refused by the same members: there is no such grant, or the request is not one. */
@Catch(DomainError)
export class OAuthFilter implements ExceptionFilter<DomainError> {
  private readonly logger = new Logger('Http');

  catch(refusal: DomainError, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerProblem(worded(refusal), http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), this.logger);
  }
}

function worded(refusal: DomainError): DomainError {
  if (refusal.kind !== 'malformed' && refusal.kind !== 'invalid') return refusal;
  const { errors = [] } = refusal.details as { errors?: readonly Fault[] };
  const isUnknown = errors.some(({ pointer, code }) => pointer === '/grant_type' && code === 'unknown-value');
  return told(refusal, isUnknown ? 'unsupported_grant_type' : 'invalid_request');
}

/** Who the client says it is, by HTTP Basic or in the form; undefined = it does not say. */
export function clientOf(form: TokenBody, authorization = ''): Client | undefined {
  const [, basic] = /^basic +([A-Za-z0-9+/]{1,1000}={0,2})$/i.exec(authorization) ?? [];
  if (basic !== undefined) {
    const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(/:(.*)/s);
    return { id: decoded(id), secret: decoded(secret) };
  }
  return form.client_id ? { id: form.client_id, secret: form.client_secret ?? '' } : undefined;
}

/** @throws Unauthenticated when the client does not say who it is */
export function required(client: Client | undefined): Client {
  if (!client) throw new Unauthenticated('Send client_id and client_secret, in the form or by HTTP Basic.');
  return client;
}

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are joined. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
