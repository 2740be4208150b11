import type { FastifyInstance } from 'fastify';

/**
 * An API answers no pages: nothing of an answer may be loaded, framed, sniffed or kept. A fixed table, because it is
 * sent with every answer; headers that only concern pages are not in it.
 */
const headers: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
};

/** The one page we serve (`/docs`): it loads its own files, asks this API, and may not be framed. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

export function secureHeaders(instance: FastifyInstance): void {
  instance.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers).header('request-id', request.id);
    done();
  });
  instance.addHook('onRoute', (route) => {
    if (route.url.startsWith('/docs'))
      route.onRequest = (_, reply, done) => {
        void reply.header('content-security-policy', pagePolicy);
        done();
      };
  });
}

/** For answers given before any hook has run. */
export const securityHeaders = headers;
