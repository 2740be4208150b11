// What depends on the time, under a clock of its own. Each area has an installation of its own; only the modules are loaded once for all.
import './dashboards.examples.js';
import './deadlines.examples.js';
import './moments.examples.js';
