// Who may call what, and what is kept of it. Each area has an installation of its own; only the modules are loaded once for all.
import './access-matrix.examples.js';
import './access-records.examples.js';
