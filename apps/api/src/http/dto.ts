import { applyDecorators, type Type } from '@nestjs/common';
import { registerDecorator, ValidateNested } from 'class-validator';
import { utf8Length } from '#libs/kernel/domain/canonical-json';
import { depthOf } from './json-body.js';
import { PayloadTooLarge } from './refusals.js';

export const NESTED = 'countersign:nested';
export const NUMBER = 'countersign:number';

/** A member that is an object of another class, or a list of such. */
export const Nested = (type: () => Type<object>, { each = false }: { each?: boolean } = {}) =>
  applyDecorators(
    (target: object, name: string | symbol) => Reflect.defineMetadata(NESTED, type, target, name),
    ValidateNested({
      each,
      message: ({ property }) => `${property} must be ${each ? 'a list of objects' : 'an object'}.`,
    }),
  );

/** A query parameter that is a number: only there is text turned into one. */
export const Numeric = (): PropertyDecorator => (target, name) => Reflect.defineMetadata(NUMBER, true, target, name);

const MAX_CONTENT_BYTES = 256 * 1024;
const MAX_CONTENT_DEPTH = 32;

/** The content under review: a JSON object of at most 256 KiB and 32 levels. */
export const IsContent = (): PropertyDecorator => (target, propertyName) =>
  registerDecorator({
    name: 'isContent',
    target: target.constructor,
    propertyName: String(propertyName),
    validator: {
      validate: (value: unknown) => contentFault(value) === undefined,
      defaultMessage: (about) => contentFault(about?.value) ?? 'content is invalid',
    },
  });

function contentFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'content must be a JSON object.';
  if (depthOf(value) > MAX_CONTENT_DEPTH) return `content may be nested ${MAX_CONTENT_DEPTH} levels deep.`;
  if (utf8Length(JSON.stringify(value)) > MAX_CONTENT_BYTES)
    throw new PayloadTooLarge(`Content is at most ${MAX_CONTENT_BYTES} bytes.`);
  return undefined;
}
