/** Which classes have the same name in these files, each with the files it is in. */
export function sharedNames(sources: readonly { readonly file: string; readonly text: string }[]): readonly string[] {
  const classes = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/^(?:export )?(?:abstract )?class (\w+)/gm)].map(([, name = '']) => ({ name, file })),
  );
  return [...Map.groupBy(classes, ({ name }) => name)]
    .filter(([, found]) => found.length > 1)
    .map(([name, found]) => `${name} in ${found.map(({ file }) => file).join(' and ')}`);
}
