// How people and programs prove who they are. Each area has an installation of its own; only the modules are loaded once for all.
import './passwords.examples.js';
import './service-accounts.examples.js';
import './sessions.examples.js';
