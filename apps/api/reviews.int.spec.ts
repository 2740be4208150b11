// What is asked and answered about a review. Each area has an installation of its own; only the modules are loaded once for all.
import './branches.examples.js';
import './bulk-decide.examples.js';
import './calendars.examples.js';
import './decisions.examples.js';
import './inbox-views.examples.js';
import './publish-impact.examples.js';
import './reading.examples.js';
import './review-life.examples.js';
import './review-rules.examples.js';
import './rulesets.examples.js';
import './seats.examples.js';
import './simulations.examples.js';
