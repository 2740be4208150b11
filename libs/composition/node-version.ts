// Imported first by every file that is started: must itself run on any Node, so it imports nothing.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 9)) {
  console.error(
    `Countersign needs Node 24.9 or newer, this is ${process.versions.node}: start it through npm (npm start, npm run …, npx countersign), which brings its own.`,
  );
  process.exit(1);
}

export {};
