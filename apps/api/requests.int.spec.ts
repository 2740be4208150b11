// Requests that are too many, not well formed or spelled in odd ways. Each area has an installation of its own; only the modules are loaded once for all.
import './limits.examples.js';
import './malformed-requests.examples.js';
import './path-spellings.examples.js';
