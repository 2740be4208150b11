// Who there is, and who acts for whom. Each area has an installation of its own; only the modules are loaded once for all.
import './delegations.examples.js';
import './organization.examples.js';
import './users.examples.js';
