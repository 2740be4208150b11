// What goes out to people, services and subscribers. Each area has an installation of its own; only the modules are loaded once for all.
import './drafts.examples.js';
import './notifications.examples.js';
import './webhooks.examples.js';
