#!/usr/bin/env node
import '../dist/libs/composition/node-version.js';

await import('../dist/apps/cli/main.js');
