import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { catalogue, type ProblemCode } from './catalogue.js';

/** Names in OpenAPI the refusals of a route beside those that every route may answer. */
export const Refuses = (...codes: ProblemCode[]) =>
  applyDecorators(
    ...Map.groupBy(codes, (code) => catalogue[code].status)
      .entries()
      .map(([status, ofStatus]) =>
        ApiResponse({
          status,
          description: ofStatus.map((code) => `\`${code}\`: ${catalogue[code].title}.`).join(' '),
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        }),
      ),
  );
