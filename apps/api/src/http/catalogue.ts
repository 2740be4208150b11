import type { RefusalKind } from '#libs/kernel/domain/domain-error';

/** The HTTP status of each kind of refusal. */
export const statusOf: Readonly<Record<RefusalKind, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  stale: 412,
  'too-large': 413,
  'unsupported-media-type': 415,
  invalid: 422,
  'precondition-required': 428,
  limited: 429,
  unavailable: 503,
};

/** Of a bug or a broken dependency: it is no refusal, and says nothing but its request id. */
export const INTERNAL_ERROR = 'internal-error';

interface Entry {
  readonly status: number;
  readonly title: string;
  /** What the caller can do about it. */
  readonly meaning: string;
}

const entry = (status: number, title: string, meaning: string): Entry => ({ status, title, meaning });

/** Every refusal this API can answer: the problem filter, the OpenAPI document and the tests read this one table. */
export const catalogue = {
  'malformed-json': entry(400, 'The body is not JSON', 'Send one JSON value in UTF-8.'),
  'malformed-request': entry(
    400,
    'The request cannot be read',
    'The URL holds broken percent-encoding or control characters, or the message is not HTTP.',
  ),
  'unknown-parameter': entry(400, 'Unknown query parameter', 'The answer suggests the parameter probably meant.'),
  'invalid-parameter': entry(400, 'Invalid parameter', 'A query parameter or header has a wrong type, form or range.'),
  'invalid-cursor': entry(
    400,
    'Invalid cursor',
    'Send the cursor of the page before, unchanged, with the same filters.',
  ),
  'idempotency-key-missing': entry(400, 'Idempotency-Key is required', 'Repeat with a fresh key in the header.'),
  unauthenticated: entry(401, 'Not signed in', 'Sign in, or send a valid access token.'),
  'token-expired': entry(401, 'The token has expired', 'Refresh the session or sign in again.'),
  'token-reused': entry(
    401,
    'The refresh token was used before',
    'Use the token of the latest answer, or sign in again.',
  ),
  forbidden: entry(403, 'Not permitted', 'None of your roles holds the permission named in requiredPermission.'),
  'four-eyes': entry(403, 'Four eyes', 'Nobody decides on what they submitted or edited.'),
  'not-eligible': entry(403, 'Not eligible', 'You hold no assignment on this step, nor a role that could fill one.'),
  'delegation-out-of-scope': entry(
    403,
    'The delegation does not cover this',
    'You may act for this person, but not on this workflow, step or amount.',
  ),
  'not-found': entry(404, 'Not found', 'It does not exist, or you may not see it.'),
  'invalid-state': entry(409, 'Not possible now', 'allowedActions names what is possible in the present state.'),
  'stale-review': entry(409, 'The subject has changed', 'Look at diffUrl and decide on currentRevision.'),
  'step-resolved': entry(409, 'Already resolved', 'The step or the review has its outcome.'),
  'assignment-filled': entry(409, 'The assignment is filled', 'Somebody has decided on it, or keeps it for a while.'),
  'assignment-transferred': entry(409, 'The assignment was transferred', 'It belongs to somebody else now.'),
  'person-already-counted': entry(409, 'Already counted', 'A person counts once where distinct people are needed.'),
  'already-exists': entry(409, 'Already exists', 'The key, name or subject is taken.'),
  'concurrent-modification': entry(409, 'Changed at the same time', 'Send the same request again.'),
  'revision-mismatch': entry(412, 'Changed since you looked', 'Read it again; currentRevision is its revision now.'),
  'precondition-required': entry(428, 'If-Match is required', 'Send the ETag of your last read.'),
  'payload-too-large': entry(413, 'Too large', 'The body or the content in it is above its limit.'),
  'unsupported-media-type': entry(415, 'Unsupported media type', 'Send application/json.'),
  'validation-failed': entry(422, 'Invalid body', 'Each entry of errors names a member by its JSON pointer.'),
  'definition-invalid': entry(422, 'Invalid definition', 'errors names every fault of the definition at once.'),
  'idempotency-key-reused': entry(422, 'Idempotency-Key was used for another body', 'Use a fresh key.'),
  'reason-required': entry(422, 'A reason is required', 'Say why.'),
  'rate-limited': entry(429, 'Too many requests', 'Wait for Retry-After seconds.'),
  'event-store-unavailable': entry(503, 'The event store is not available', 'Send the same request again later.'),
  'read-model-behind': entry(503, 'The read model is behind', 'Send the same request again later, or wait longer.'),
  overloaded: entry(503, 'Overloaded', 'Send the same request again later.'),
} as const satisfies Readonly<Record<string, Entry>>;

export type ProblemCode = keyof typeof catalogue;

export const isCatalogued = (code: string): code is ProblemCode => Object.hasOwn(catalogue, code);

export const problemType = (code: string) => `urn:countersign:problem:${code}`;
