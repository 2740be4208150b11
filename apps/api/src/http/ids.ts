import { RouteNotFound } from './refusals.js';

/** A number in a path; anything else names nothing. @throws RouteNotFound */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new RouteNotFound();
  return Number(text);
}
