type SchemaNode = { readonly [keyword: string]: unknown };

const isNode = (value: unknown): value is SchemaNode => typeof value === 'object' && value !== null;

/**
 * Whether a schema (JSON text) differs from an earlier one only by optional members added somewhere: the one change that
 * needs no new version, because every stored event still fits.
 */
export const addsOnlyOptionalMembers = (earlier: string, later: string): boolean =>
  grows(JSON.parse(earlier), JSON.parse(later));

function grows(earlier: unknown, later: unknown): boolean {
  if (!isNode(earlier) || !isNode(later)) return earlier === later;
  if (Array.isArray(earlier) || Array.isArray(later)) {
    return (
      Array.isArray(earlier) &&
      Array.isArray(later) &&
      earlier.length === later.length &&
      earlier.every((item, index) => grows(item, later[index]))
    );
  }
  const keywords = new Set([...Object.keys(earlier), ...Object.keys(later)]);
  for (const keyword of keywords) {
    if (keyword === 'properties') {
      if (!propertiesGrow(earlier[keyword], later[keyword], later['required'])) return false;
    } else if (keyword === 'required') {
      if (!sameNames(earlier[keyword], later[keyword])) return false;
    } else if (!(keyword in earlier) || !(keyword in later) || !grows(earlier[keyword], later[keyword])) {
      return false;
    }
  }
  return true;
}

function propertiesGrow(earlier: unknown, later: unknown, required: unknown): boolean {
  if (!isNode(earlier) || !isNode(later)) return false;
  for (const name of Object.keys(earlier)) {
    if (!(name in later) || !grows(earlier[name], later[name])) return false;
  }
  const added = Object.keys(later).filter((name) => !(name in earlier));
  return !Array.isArray(required) || added.every((name) => !required.includes(name));
}

function sameNames(earlier: unknown, later: unknown): boolean {
  const [a, b] = [earlier ?? [], later ?? []];
  return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((name) => b.includes(name));
}
